"""Assets on disk: rows (SQLite), pictures, vectors (FAISS), and how folders of pictures get in."""

from mien.library.check import CheckReport
from mien.library.events import Event
from mien.library.index import HnswIndex, Index
from mien.library.ingest import IngestRecord, IngestReport, Problem, add_folder
from mien.library.library import AddReport, Library
from mien.library.productions import Production
from mien.library.sidecar import Notes
from mien.library.snapshot import Snapshot

__all__ = [
    "AddReport",
    "CheckReport",
    "Event",
    "HnswIndex",
    "Index",
    "IngestRecord",
    "IngestReport",
    "Library",
    "Notes",
    "Problem",
    "Production",
    "Snapshot",
    "add_folder",
]
