"""The joint embedding of look, words and style graph (paper, 4.1), in the four ways of Table 6 to fuse them.

A look is 52 coefficients freed from their style and 11 numbers of feeling; words are a sentence as MiniLM sees it
(384); the graph is what an asset belongs to: its style, character, production and tags, as nodes with the sentence
vectors of their names. Any of the three may be missing. All come out as unit vectors of 384 numbers in MiniLM's own
space: a sentence keeps its own direction and the fusion is added to it, so that words which no training met still
find words.
"""

from __future__ import annotations

from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from mien.retrieval.joint import KINDS, LOOK

Fusion = Literal["concatenation", "late", "dual", "cross"]
FUSIONS: Final[tuple[Fusion, ...]] = ("concatenation", "late", "dual", "cross")
TEXT: Final = 384
WIDTH: Final = 192
SHARE: Final = 0.8
"""The fusion counts at most this much beside a sentence's own direction once training is over. Every sentence of the
training means a face, so it would give the words themselves away: at its own 1.7 a third of the cast's looks are
found first by their own name, at .8 two thirds, and searches by meaning lose nothing."""


class JointEmbedding(nn.Module):
    """look (n, 63), text (n, 384), nodes (n, 8, 384), kinds int64 (n, 8), present (n, 2) of look and text -> (n, 384).

    Fewer than 8 nodes will do where none has more.

    fusion: how the modalities meet. "concatenation": one network over all side by side; "late": a vector each, added;
    "dual": words apart from look and graph; "cross": attention over all of them together, what ships.
    """

    def __init__(self, fusion: Fusion = "cross") -> None:
        super().__init__()
        self.fusion = fusion
        self.belonging = GraphConvolution()
        self.of_look = nn.Sequential(nn.Linear(LOOK, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.of_text = nn.Sequential(nn.Linear(TEXT, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.share = nn.Parameter(torch.tensor(0.5))
        self.sharpness = nn.Parameter(torch.tensor(2.7))
        if fusion == "cross":
            self.summary = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
            layer = nn.TransformerEncoderLayer(
                WIDTH, 4, 3 * WIDTH, dropout=0.05, activation="gelu", batch_first=True, norm_first=True
            )
            self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        joined = {"concatenation": 3 * WIDTH, "late": WIDTH, "dual": 2 * WIDTH, "cross": WIDTH}[fusion]
        self.out = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(joined if i or fusion != "dual" else WIDTH), nn.Linear(size, TEXT))
            for i, size in enumerate({"late": [WIDTH] * 3, "dual": [WIDTH, joined]}.get(fusion, [joined]))
        )

    def forward(self, look: Tensor, text: Tensor, nodes: Tensor, kinds: Tensor, present: Tensor) -> Tensor:
        seen, said = present[:, :1], present[:, 1:]
        node_tokens, has_node = self.belonging(nodes, kinds)
        count = has_node.sum(dim=1, keepdim=True)
        style = (node_tokens * has_node[..., None]).sum(dim=1) / count.clamp(min=1.0)
        face, words = self.of_look(look) * seen, self.of_text(text) * said
        if self.fusion == "concatenation":
            fused = self.out[0](torch.cat([face, words, style], dim=1))
        elif self.fusion == "late":
            known = (count > 0).float()
            fused = sum(
                on * fn.normalize(head(part), dim=1)
                for head, part, on in zip(self.out, (face, words, style), (seen, said, known), strict=True)
            )
        elif self.fusion == "dual":
            known = torch.maximum(seen, (count > 0).float())
            fused = said * fn.normalize(self.out[0](words), dim=1)
            fused = fused + known * fn.normalize(self.out[1](torch.cat([face, style], dim=1)), dim=1)
        else:
            fused = self._attended(face, words, node_tokens, has_node, seen, said)
        fused = fn.normalize(fused, dim=1)
        share = fn.softplus(self.share)
        if not self.training:
            share = share.clamp(max=SHARE)
        return fn.normalize(share * fused + said * text, dim=1)

    def _attended(
        self, face: Tensor, words: Tensor, node_tokens: Tensor, has_node: Tensor, seen: Tensor, said: Tensor
    ) -> Tensor:
        summary = self.summary.expand(face.shape[0], -1, -1)
        tokens = torch.cat([summary, torch.stack([face, words], dim=1), node_tokens], dim=1)
        ones = torch.ones_like(seen)
        hidden = torch.cat([ones, seen, said, has_node], dim=1) < 0.5
        out: Tensor = self.out[0](self.blocks(tokens, src_key_padding_mask=hidden)[:, 0])
        return out


class GraphConvolution(nn.Module):
    """Two steps over what an asset belongs to (Kipf and Welling 2017), with a weight for each pair of kinds of nodes.

    nodes (n, 8, 384), kinds int64 (n, 8), 0 for no node -> tokens (n, 8, width), and which are there, (n, 8).
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(TEXT, WIDTH)
        self.kind = nn.Embedding(KINDS, WIDTH)
        self.ties = nn.Parameter(torch.zeros(KINDS, KINDS))
        self.steps = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(2))

    def forward(self, nodes: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        has = (kinds > 0).float()
        ties = torch.sigmoid(self.ties + self.ties.T)
        near = fn.embedding(kinds, ties)  # (n, 8, KINDS): how each node is tied to each kind
        one_hot = fn.one_hot(kinds, KINDS).float()
        adjacency = near @ one_hot.transpose(1, 2) * has[:, :, None] * has[:, None, :]
        adjacency = adjacency + torch.eye(nodes.shape[1], device=nodes.device, dtype=nodes.dtype)
        adjacency = adjacency / adjacency.sum(dim=2, keepdim=True)
        tokens = self.enter(nodes) + self.kind(kinds)
        for step in self.steps:
            tokens = tokens + fn.gelu(step(adjacency @ tokens))
        return tokens, has
