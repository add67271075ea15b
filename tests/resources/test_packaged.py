"""What ships inside the package says nothing of the machine on which it was made."""

from importlib.resources import files

import pytest

NETWORKS = sorted(
    entry.name for entry in files("mien.resources").joinpath("networks").iterdir() if entry.name.endswith(".onnx")
)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_names_no_source_file(name):
    content = files("mien.resources").joinpath("networks", name).read_bytes()
    assert b'.py", line' not in content
    assert b"/home/" not in content
    assert b"site-packages" not in content
