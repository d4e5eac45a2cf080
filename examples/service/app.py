# SPDX-License-Identifier: MIT
"""A small site of articles, to be profiled: Flask, Jinja2, SQLAlchemy, Markdown, Pygments.

    python store.py /tmp/articles.db
    SERVICE_DATABASE=/tmp/articles.db gunicorn --workers 2 --threads 4 app:app

    GET  /?page=N&tag=T         the articles
    GET  /article/N             one, its code highlighted, with those like it
    GET  /api/search?q=WORDS    JSON
    POST /api/article/N/comment {"author": …, "text": …}
"""

import os

from flask import Flask, abort, jsonify, render_template, request
from sqlalchemy import select

import store
import text


def create_app() -> Flask:
    app = Flask(__name__)
    sessions = store.connect(os.environ["SERVICE_DATABASE"])
    with sessions() as session:
        rows = session.execute(select(store.Article.id, store.Article.text))
        likeness = text.Likeness({number: body for number, body in rows})

    @app.get("/")
    def index():
        number = max(1, request.args.get("page", 1, type=int))
        tag = request.args.get("tag")
        with sessions() as session:
            articles, total = store.page(session, number, tag)
            return render_template("index.html", articles=articles, total=total, tag=tag,
                                   number=number, last=-(-total // store.PAGE))

    @app.get("/article/<int:number>")
    def article(number):
        with sessions() as session:
            found = store.article(session, number) or abort(404)
            like = [(session.get(store.Article, other), score)
                    for other, score in likeness.most_like(number)]
            return render_template(
                "article.html", article=found, html=text.to_html(found.text), like=like,
                comments=store.latest_comments(session, found))

    @app.get("/api/search")
    def search():
        words = request.args.get("q", "").split()[:8]
        if not words:
            abort(400, "q: give a word")
        with sessions() as session:
            return jsonify(words=words, found=[
                {"id": found.id, "title": found.title, "excerpt": found.text[:400],
                 "tags": [tag.name for tag in found.tags]}
                for found in store.search(session, words)])

    @app.post("/api/article/<int:number>/comment")
    def comment(number):
        body = request.get_json()
        with sessions.begin() as session:
            if session.get(store.Article, number) is None:
                abort(404)
            made = store.Comment(article_id=number, author=str(body["author"])[:40],
                                 text=str(body["text"])[:2000])
            session.add(made)
            session.flush()
            return jsonify(id=made.id), 201

    return app


app = create_app()
