"""The channels in Milvus: a server or a cluster of them, or Milvus Lite in a file of one's own."""

from assistant.index.milvus.engine import MilvusEngine
from assistant.index.milvus.server import require

__all__ = ["MilvusEngine", "require"]
