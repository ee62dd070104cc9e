"""Password slots, tries, leases, recovery and rotation, on real files; only the clock is made up."""

import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.errors import Environment, Refused
from app.store import keyfile, keystore, sealing
from app.store.sealing import Cost
from tests.store.keys import CHEAP, NOON, RIGHT, WRONG, Now

Sized = Callable[[int, int], int]
Opened = Callable[[sa.Engine], sa.Engine]


def refusal(folder: Path, user: str, password: str, clock: Now) -> Refused:
    with pytest.raises(Refused) as caught:
        keystore.unlock(folder, user, password, clock=clock)
    return caught.value


def test_the_right_password_gives_the_data_key(folder: Path, data_key: bytes, clock: Now) -> None:
    assert len(data_key) == 32
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
    keystore.add_user(folder, data_key, "wang", WRONG, cost=CHEAP)
    assert keystore.unlock(folder, "wang", WRONG, clock=clock) == data_key
    assert keystore.users(folder) == ["li", "wang"]
    assert refusal(folder, "wang", RIGHT, clock).code == "wrong_password"


def test_an_unknown_user_costs_as_much_as_a_known_one(
    folder: Path, clock: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick answer would tell who has no slot; the usual cost is the one designed."""
    keystore.create(folder, "li", RIGHT, None)
    paid: list[Cost] = []

    def counted(password: str, salt: bytes, cost: Cost, device_secret: bytes) -> bytes:
        paid.append(cost)
        return sealing_key(password, salt, cost, device_secret)

    sealing_key = sealing.password_key
    monkeypatch.setattr(sealing, "password_key", counted)
    keystore.unlock(folder, "li", RIGHT, clock=clock)
    refusal(folder, "nobody", RIGHT, clock)
    assert paid == [Cost(memory_kib=65536, passes=3, lanes=4)] * 2


def test_files_are_the_owners_alone_and_hold_no_key(folder: Path, data_key: bytes, clock: Now) -> None:
    keystore.unlock(folder, "li", RIGHT, clock=clock)
    refusal(folder, RIGHT, WRONG, clock)
    assert sorted(path.name for path in folder.iterdir()) == ["device.secret", "keys.json", "keys.json.bak"]
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        body = path.read_bytes()
        for secret in (data_key, data_key.hex().encode(), RIGHT.encode(), WRONG.encode()):
            assert secret not in body


def test_the_same_characters_typed_differently_are_the_same_password(folder: Path, clock: Now) -> None:
    key = keystore.create(folder, "li", "Zo\u00eb mit Hut", None, cost=CHEAP)
    assert keystore.unlock(folder, "li", "Zoe\u0308 mit Hut", clock=clock) == key


def test_an_unknown_user_gets_the_answers_of_a_wrong_password(folder: Path, data_key: bytes, clock: Now) -> None:
    for _ in range(8):
        known, unknown = (refusal(folder, user, WRONG, clock) for user in ("li", "nobody"))
        assert (known.code, known.field, known.facts) == (unknown.code, unknown.field, unknown.facts)


def test_five_tries_then_growing_pauses(folder: Path, data_key: bytes, clock: Now) -> None:
    left = [refusal(folder, "li", WRONG, clock).facts["tries_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    pauses = []
    for _ in range(10):
        refused = refusal(folder, "li", RIGHT, clock)
        assert (refused.code, refused.field) == ("too_many_tries", "password")
        wait = refused.facts["wait_s"]
        assert isinstance(wait, int)
        pauses.append(wait)
        clock.forward(wait - 1)
        assert refusal(folder, "li", RIGHT, clock).facts["wait_s"] == 1
        clock.forward(1)
        assert refusal(folder, "li", WRONG, clock).code == "wrong_password"
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    clock.forward(3600)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
    assert refusal(folder, "li", WRONG, clock).facts["tries_left"] == 4


def test_one_persons_tries_do_not_stop_another(folder: Path, data_key: bytes, clock: Now) -> None:
    keystore.add_user(folder, data_key, "wang", RIGHT, cost=CHEAP)
    for _ in range(6):
        refusal(folder, "li", WRONG, clock)
    assert keystore.unlock(folder, "wang", RIGHT, clock=clock) == data_key
    assert refusal(folder, "li", RIGHT, clock).code == "too_many_tries"


def test_a_clock_set_back_or_forward_never_locks_out_for_longer_than_the_pause(
    folder: Path, data_key: bytes, clock: Now
) -> None:
    for _ in range(5):
        refusal(folder, "li", WRONG, clock)
    clock.instant -= 400 * DAY
    assert refusal(folder, "li", RIGHT, clock).facts["wait_s"] == 30
    clock.forward(30)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key


def test_a_try_counts_though_the_process_dies_before_the_answer(
    folder: Path, data_key: bytes, clock: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "password_key", dies)
        for _ in range(5):
            with pytest.raises(KeyboardInterrupt):
                keystore.unlock(folder, "li", WRONG, clock=clock)
    assert refusal(folder, "li", RIGHT, clock).code == "too_many_tries"


def test_codes_of_nobody_do_not_fill_the_file(
    folder: Path, data_key: bytes, clock: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keystore, "STRANGERS_KEPT", 12)
    refusal(folder, "li", WRONG, clock)
    for number in range(20):
        clock.forward(1)
        refusal(folder, f"nobody {number}", WRONG, clock)
    assert len(keyfile.read(folder).tries) == 13
    assert refusal(folder, "li", WRONG, clock).facts["tries_left"] == 3


def test_changing_a_password(folder: Path, data_key: bytes, clock: Now) -> None:
    keystore.extend_lease(folder, "li", NOON + DAY)
    with pytest.raises(Refused) as caught:
        keystore.change_password(folder, "li", WRONG, "a new password", clock=clock, cost=CHEAP)
    assert caught.value.code == "wrong_password"
    keystore.change_password(folder, "li", RIGHT, "a new password", clock=clock, cost=CHEAP)
    assert refusal(folder, "li", RIGHT, clock).code == "wrong_password"
    assert keystore.unlock(folder, "li", "a new password", clock=clock) == data_key
    assert keystore.lease_of(folder, "li") == NOON + DAY


@pytest.mark.parametrize("name", ["keys.json", "keys.json.bak"])
def test_an_old_password_lives_on_in_neither_file(folder: Path, data_key: bytes, clock: Now, name: str) -> None:
    keystore.add_user(folder, data_key, "wang", WRONG, cost=CHEAP)
    keystore.remove_user(folder, "wang")
    keystore.change_password(folder, "li", RIGHT, "a new password", clock=clock, cost=CHEAP)
    (folder / name).unlink()
    for user, password in (("li", RIGHT), ("wang", WRONG)):
        assert refusal(folder, user, password, clock).code == "wrong_password"
    assert keystore.unlock(folder, "li", "a new password", clock=clock) == data_key


def test_what_is_refused_about_users(folder: Path, data_key: bytes) -> None:
    def code(act: Callable[[], object]) -> tuple[str, str | None]:
        with pytest.raises(Refused) as caught:
            act()
        return caught.value.code, caught.value.field

    before = (folder / "keys.json").read_bytes()
    add, change = keystore.add_user, keystore.change_password
    assert code(lambda: add(folder, data_key, "li", RIGHT)) == ("user_exists", "user_code")
    assert code(lambda: add(folder, data_key, "wang", "1234567")) == ("password_too_short", "password")
    assert code(lambda: change(folder, "li", RIGHT, "")) == ("password_too_short", "new_password")
    assert code(lambda: keystore.remove_user(folder, "wang")) == ("no_such_user", "user_code")
    assert code(lambda: keystore.remove_user(folder, "li")) == ("last_user", "user_code")
    assert code(lambda: keystore.extend_lease(folder, "wang", NOON)) == ("no_such_user", "user_code")
    assert code(lambda: keystore.create(folder, "li", RIGHT, None)) == ("keys_exist", None)
    with pytest.raises(ValueError, match="not the data key"):
        keystore.add_user(folder, bytes(32), "wang", RIGHT)
    assert (folder / "keys.json").read_bytes() == before


def test_a_lease_ends(folder: Path, data_key: bytes, clock: Now) -> None:
    keystore.extend_lease(folder, "li", NOON)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
    clock.forward(1)
    assert refusal(folder, "li", RIGHT, clock).code == "lease_over"
    # Whoever does not know the password does not learn that there is a lease.
    assert refusal(folder, "li", WRONG, clock).code == "wrong_password"
    keystore.extend_lease(folder, "li", clock() + DAY)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
    keystore.extend_lease(folder, "li", None)
    clock.forward(10**9)
    assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key


def test_an_edited_lease_is_found(folder: Path, data_key: bytes, clock: Now) -> None:
    keystore.extend_lease(folder, "li", NOON)
    for name in ("keys.json", "keys.json.bak"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace(str(NOON), str(NOON + DAY)))
    with pytest.raises(Environment, match="keys_damaged"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)


def test_the_spare_stands_in_for_a_damaged_file(folder: Path, data_key: bytes, clock: Now, sized: Sized) -> None:
    body = (folder / "keys.json").read_bytes()
    for seed in range(sized(60, 5_000)):
        chance = random.Random(seed)
        spoiled = bytearray(body)
        spoiled[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        cut = bytes(spoiled) if seed % 3 else body[: chance.randrange(len(body))]
        (folder / "keys.json").write_bytes(cut)
        assert keystore.unlock(folder, "li", RIGHT, clock=clock) == data_key
        for name in ("keys.json", "keys.json.bak"):
            (folder / name).write_bytes(cut)
        with pytest.raises((Environment, Refused)) as caught:
            keystore.unlock(folder, "li", RIGHT, clock=clock)
        assert str(caught.value) in ("keys_damaged", "file_is_newer")
        (folder / "keys.json.bak").write_bytes(body)


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"\xff\xfe", b"[" * 100_000, b"9" * 10_000])
def test_nonsense_is_damage(folder: Path, data_key: bytes, clock: Now, content: bytes) -> None:
    for name in ("keys.json", "keys.json.bak"):
        (folder / name).write_bytes(content)
    with pytest.raises(Environment, match="keys_damaged"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)
    with pytest.raises(Environment, match="keys_damaged"):
        keystore.recover(folder, bytes(range(32)))


def test_missing_keys_and_a_missing_device_secret(folder: Path, clock: Now) -> None:
    with pytest.raises(Environment, match="keys_missing"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)
    keystore.create(folder, "li", RIGHT, None, cost=CHEAP)
    (folder / "device.secret").unlink()
    with pytest.raises(Environment, match="keys_damaged"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)


def test_a_slot_on_another_device_opens_nothing(folder: Path, data_key: bytes, clock: Now) -> None:
    keyfile.make_device_secret(folder)
    with pytest.raises(Environment, match="keys_damaged"):
        keystore.unlock(folder, "li", RIGHT, clock=clock)
    # Nor does it when the mark is passed by: the secret goes into the key itself.
    keys = keyfile.read_unmarked(folder)
    keyfile.write(folder, keys)
    assert refusal(folder, "li", RIGHT, clock).code == "wrong_password"


def test_a_slot_moved_under_another_name_opens_nothing(folder: Path, data_key: bytes, clock: Now) -> None:
    keys = keyfile.read(folder)
    keys.slots["chief"] = keys.slots["li"]
    keyfile.write(folder, keys)
    assert refusal(folder, "chief", RIGHT, clock).code == "wrong_password"


def test_a_newer_format_is_refused(folder: Path, data_key: bytes, clock: Now) -> None:
    text = (folder / "keys.json").read_text()
    (folder / "keys.json").write_text(text.replace('"format":1', '"format":2'))
    assert refusal(folder, "li", RIGHT, clock).code == "file_is_newer"


def test_the_city_recovers_the_key_without_the_device_secret(
    folder: Path, data_key: bytes, city: tuple[bytes, bytes], clock: Now
) -> None:
    (folder / "device.secret").unlink()
    assert keystore.recover(folder, city[0]) == [data_key]
    with pytest.raises(Refused, match="no_recovery"):
        keystore.recover(folder, sealing.new_pair()[0])
    again = keystore.create(folder, "zhao", RIGHT, city[1], data_key=data_key, cost=CHEAP)
    assert again == keystore.unlock(folder, "zhao", RIGHT, clock=clock) == data_key
    assert keystore.users(folder) == ["zhao"]


def test_without_a_recovery_key_there_is_no_recovery(folder: Path) -> None:
    keystore.create(folder, "li", RIGHT, None, cost=CHEAP)
    with pytest.raises(Refused, match="no_recovery"):
        keystore.recover(folder, sealing.new_pair()[0])
