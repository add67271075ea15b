"""Scanned people: faces from ICT-FaceKit's statistics of scans, where its file is at hand.

The file is no part of the project; without it the data set is the cast alone.
"""

from mien_lab.data.scans.file import ScannedHead, read_head
from mien_lab.data.scans.people import name_of, person
from mien_lab.data.scans.photograph import Shot, photograph, shot, unit_px

__all__ = ["ScannedHead", "Shot", "name_of", "person", "photograph", "read_head", "shot", "unit_px"]
