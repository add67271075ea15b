"""The data set: the whole cast acting, with exact labels, rebuilt by anyone from one command and a seed."""

from mien_lab.data.build import build
from mien_lab.data.check import check
from mien_lab.data.dataset import Dataset, Example
from mien_lab.data.labels import Labels

__all__ = ["Dataset", "Example", "Labels", "build", "check"]
