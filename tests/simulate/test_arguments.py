"""What `simulate` is given: seeds that are none are no world that went well."""

import pytest

from app.__main__ import main


@pytest.mark.parametrize("seeds", ["5:1", "5:5", "5", "a:b"])
def test_seeds_that_are_none_are_refused(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["simulate", "--seeds", seeds, "--steps", "1"])
    assert left.value.code == 2
    assert "--seeds" in capsys.readouterr().err
