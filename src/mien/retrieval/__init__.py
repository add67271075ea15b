"""Finding expressions: embed, search (stage 1), rank (stage 2)."""

from mien.retrieval.embed import Embedder
from mien.retrieval.learn import Learned
from mien.retrieval.search import Search
from mien.retrieval.text import TextEncoder

__all__ = ["Embedder", "Learned", "Search", "TextEncoder"]
