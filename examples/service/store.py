# SPDX-License-Identifier: MIT
"""The articles, their tags and comments, in SQLite by SQLAlchemy."""

import os
import random
import sys

from sqlalchemy import Column, ForeignKey, Table, create_engine, event, func, select
from sqlalchemy.orm import (DeclarativeBase, Mapped, Session, mapped_column, relationship,
                            selectinload, sessionmaker)

PAGE = 12


class Base(DeclarativeBase):
    pass


article_tags = Table(
    "article_tags",
    Base.metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    tags: Mapped[list[Tag]] = relationship(secondary=article_tags, order_by=Tag.name)
    comments: Mapped[list["Comment"]] = relationship(order_by="Comment.id.desc()")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    author: Mapped[str]
    text: Mapped[str]


def connect(path: str) -> sessionmaker[Session]:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def set_up(connection, _record):
        # Readers do not wait for the writer, as two workers share the file.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return sessionmaker(engine)


def page(session: Session, number: int, tag: str | None) -> tuple[list[Article], int]:
    """One page of articles, newest first, and how many there are in all."""
    query = select(Article)
    if tag:
        query = query.where(Article.tags.any(Tag.name == tag))
    total = session.scalar(select(func.count()).select_from(query.subquery()))
    query = query.options(selectinload(Article.tags)).order_by(Article.id.desc())
    return list(session.scalars(query.offset(PAGE * (number - 1)).limit(PAGE))), total


def article(session: Session, number: int) -> Article | None:
    return session.get(Article, number, options=[
        selectinload(Article.tags), selectinload(Article.comments)])


def latest_comments(session: Session, of: Article, limit: int = 20) -> list[Comment]:
    query = select(Comment).where(Comment.article_id == of.id)
    return list(session.scalars(query.order_by(Comment.id.desc()).limit(limit)))


def search(session: Session, words: list[str], limit: int = 20) -> list[Article]:
    query = select(Article).options(selectinload(Article.tags))
    for word in words:
        query = query.where(Article.text.icontains(word, autoescape=True))
    return list(session.scalars(query.order_by(Article.id).limit(limit)))


# ---- what a new database holds ----------------------------------------------

WORDS = """cache queue thread socket buffer index query schema commit branch merge
 request response header cookie session token worker signal timer clock page block
 frame stack heap object method class module import parser grammar lexer tree node
 graph edge path route vector matrix float integer string byte encoding latency
 throughput deadline retry backoff lock mutex deadlock scheduler kernel process""".split()

CODE = '''```python
def {0}_{1}(self, {2}, *, limit={n}):
    """Return the {0} of each {2}, at most `limit` of them."""
    found = {{}}
    for number, {1} in enumerate({2}):
        if {1} is None or number >= limit:
            break
        found[{1}.name] = [self.{0}(item) for item in {1}]
    return sorted(found.items(), key=lambda pair: -len(pair[1]))
```
'''


def seed_text(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randint(3, 5)):
        a, b, c = rng.sample(WORDS, 3)
        parts.append(f"## The {a} and its {b}\n")
        for _ in range(2):
            sentence = " ".join(rng.choices(WORDS, k=24))
            parts.append(f"When **{a}** meets `{b}`, {sentence}: see [{c}](/?tag={c}).\n")
        parts.append("".join(f"- {x} before *{y}*\n" for x, y in zip(
            rng.sample(WORDS, 4), rng.sample(WORDS, 4))))
        parts.append(CODE.format(a, b, c, n=rng.randint(2, 99)))
    return "\n".join(parts)


def seed(path: str, count: int = 240) -> None:
    """Makes a database, every time the same, in place of what was there."""
    for suffix in "", "-wal", "-shm":
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    sessions = connect(path)
    rng = random.Random(3)
    with sessions.begin() as session:
        Base.metadata.create_all(session.connection())
        tags = {word: Tag(name=word) for word in WORDS}
        for number in range(1, count + 1):
            words = rng.sample(WORDS, 3)
            session.add(Article(
                title=f"{number}: the {words[0]}, the {words[1]} and the {words[2]}",
                text=seed_text(rng),
                tags=[tags[word] for word in words],
                comments=[Comment(author=rng.choice(["Ada", "Grace", "Edsger", "Søren"]),
                                  text=" ".join(rng.choices(WORDS, k=12)))
                          for _ in range(rng.randint(0, 8))]))


if __name__ == "__main__":
    seed(sys.argv[1])
