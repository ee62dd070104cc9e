"""What befalls machines: a file is put back, a disk copied, a center restored; and what is looked at afterwards."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app.center.backup import back_up
from app.center.hub import Hub
from app.center.restore import restore, say_put_back
from app.cli.bootstrap import FILE, open_point
from app.cli.point_check import check_point
from app.cli.sample.served import free_port, served, url_of
from app.features.people.tables import person
from app.store.engine import file_of, open_center, reading
from app.store.sealing import Cost
from app.store.upgrade import upgrade
from tests.proof.city import PASSWORD, City, Laptop

PASSPHRASE = "seven words that nobody else would think of"
CHEAP = Cost(8, 1, 1)


def somebody(laptop: Laptop, name: str) -> str:
    """Somebody comes in and is written down."""
    return laptop.do("RegisterPerson", name=name, gender="MALE", age_est=40).id("person")


def amend(laptop: Laptop, who: str, **facts: object) -> None:
    laptop.do("AmendPerson", person=who, reason="问到了", **facts)


def names(laptop: Laptop) -> list[str]:
    """Everybody known, each as often as there are records of them."""
    return sorted(row[0] for row in laptop.rows(sa.select(person.c.name).where(~person.c.hidden)))


def reopened(laptop: Laptop, user: str = "u-V1") -> Laptop:
    """The same folder, opened again by the program."""
    return Laptop(laptop.data, open_point(laptop.data, user, PASSWORD))


def file_kept(laptop: Laptop, at: Path) -> Path:
    """Somebody copies the database file alone, by other tools, while nobody works."""
    laptop.session.close()
    shutil.copy(laptop.data / FILE, at)
    return at


def file_put_back(laptop: Laptop, kept: Path) -> None:
    """...and puts it back behind the program's back."""
    laptop.session.close()
    for left in laptop.data.glob(f"{FILE}-*"):
        left.unlink()
    shutil.copy(kept, laptop.data / FILE)


def whole_disk_copied(laptop: Laptop, to: Path) -> Path:
    """The folder with everything in it, as an image of the disk has it."""
    laptop.session.close()
    return Path(shutil.copytree(laptop.data, to, ignore=shutil.ignore_patterns("*.lock")))


def sound(laptop: Laptop) -> bool:
    """Whether the journal, its chain, the records and the shelf are what each other say."""
    return set(check_point(laptop.session.engine).values()) == {"ok"}


@dataclass
class Restorable:
    """A served city whose center can be backed up, lost and restored at the same address."""

    database: str
    folder: Path
    port: int = field(default_factory=free_port)
    city: City = field(init=False)

    def __post_init__(self) -> None:
        self.city = City(self.database, url_of(self.port))

    @contextmanager
    def up(self) -> Iterator[City]:
        with served(self.city.engine, self.port):
            yield self.city

    def back_up(self) -> Path:
        target = self.folder / "center.backup"
        back_up(Hub(self.city.engine), target, PASSPHRASE, cost=CHEAP)
        return target

    def lose(self) -> None:
        """Everything the center had is gone; an empty database is in its place."""
        file = file_of(self.city.engine)
        if file is None:
            with self.city.engine.connect() as conn, conn.begin():
                conn.execute(sa.text("DROP SCHEMA public CASCADE"))
                conn.execute(sa.text("CREATE SCHEMA public"))
        self.city.engine.dispose()
        if file is not None:
            for left in file.parent.glob(f"{file.name}*"):
                left.unlink()
        self.city.engine = open_center(self.database)
        upgrade(self.city.engine, None)

    def restore(self, backup: Path) -> None:
        self.lose()
        restore(Hub(self.city.engine), backup, PASSPHRASE)

    def say_put_back(self) -> None:
        say_put_back(Hub(self.city.engine))

    def close(self) -> None:
        self.city.engine.dispose()


def people_at(city: City) -> list[str]:
    with reading(city.engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name).where(~person.c.hidden)).scalars())
