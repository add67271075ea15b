"""Small published networks that read emotions, to stand beside mien in the same run on the same pictures."""

from mien_lab.baselines.face_api import FaceApi
from mien_lab.baselines.mini_xception import MiniXception
from mien_lab.baselines.network import EmotionNetwork

__all__ = ["EmotionNetwork", "FaceApi", "MiniXception"]
