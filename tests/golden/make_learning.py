"""Writes learning.json: what scikit-learn and scipy say of small learning problems.

Run from the root of the repository, with numpy, scipy and scikit-learn installed:

    python tests/golden/make_learning.py
"""

import json
import pathlib
import platform

import numpy as np
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

SEED = 20240229
rng = np.random.default_rng(SEED)


def rounded(x):
    """Inputs are written with few digits, so that both sides read the same numbers."""
    return np.round(x, 4)


def lists(x):
    return np.asarray(x).tolist()


def kmeans(x, start):
    model = KMeans(n_clusters=len(start), init=start, n_init=1, tol=0.0, max_iter=1000).fit(x)
    return {
        "x": lists(x),
        "start": lists(start),
        "labels": lists(model.labels_),
        "centres": lists(model.cluster_centers_),
        "within_sum_of_squares": float(model.inertia_),
    }


def ward(x, ks):
    tree = linkage(x, method="ward")
    return {
        "x": lists(x),
        "merges": [[int(a), int(b), float(h), int(n)] for a, b, h, n in tree],
        "cuts": {str(k): lists(fcluster(tree, k, criterion="maxclust")) for k in ks},
    }


def silhouette(x, labels):
    return {
        "x": lists(x),
        "labels": lists(labels),
        "samples": lists(silhouette_samples(x, labels)),
        "mean": float(silhouette_score(x, labels)),
    }


def logistic(x, y, alpha):
    model = LogisticRegression(C=1 / alpha, tol=1e-14, max_iter=1000, solver="newton-cholesky").fit(x, y)
    return {
        "x": lists(x),
        "churned": [bool(v) for v in y],
        "alpha": alpha,
        "weights": lists(model.coef_[0]),
        "intercept": float(model.intercept_[0]),
        "probabilities": lists(model.predict_proba(x)[:, 1]),
    }


hand = np.array([[0, 0]] * 3 + [[0.5, 0], [0.5, 1]] + [[1, 1]] * 3, dtype=float)
blobs = rounded(np.vstack([rng.normal(c, 0.6, (20, 3)) for c in ([0, 0, 0], [4, 0, 1], [0, 5, -2])]))
cloud = rounded(rng.normal(size=(60, 4)))
features = rounded(rng.normal(size=(200, 5)))
odds = features @ np.array([1.2, -0.7, 0.0, 0.4, 0.1]) - 2.0
minority = rng.random(200) < 1 / (1 + np.exp(-odds))
counts = np.column_stack([rng.poisson(3.0, 40), rounded(rng.random(40)), rounded(rng.normal(size=40))]).astype(float)
counts[4, 2] = np.nan
transformed = counts.copy()
transformed[:, 0] = np.log1p(transformed[:, 0])
scaler = StandardScaler().fit(transformed)
labels_a = lists(rng.integers(0, 4, 50))
labels_b = [a if rng.random() < 0.7 else int(rng.integers(0, 5)) for a in labels_a]

expected = {
    "kmeans": {
        "hand": kmeans(hand, np.array([[0.0, 0.0], [1.0, 1.0]])),
        "blobs": kmeans(blobs, blobs[[0, 1, 2]]),
        "cloud": kmeans(cloud, cloud[[3, 14, 15, 32, 6]]),
    },
    "ward": {"blobs": ward(blobs, [2, 3, 4, 7]), "cloud": ward(cloud, [2, 5, 9])},
    "silhouette": {
        "hand": silhouette(np.array([[0.0], [0.1], [5.0]]), [0, 0, 1]),
        "cloud": silhouette(cloud, [i % 4 if i else 4 for i in range(60)]),
    },
    "logistic": {
        "hand": logistic(np.array([[-2.0], [-1.0], [1.0], [2.0]]), [0, 0, 1, 1], 1.0),
        "minority": logistic(features, minority, 1.0),
        "majority": logistic(features, ~minority, 1.0),
        "weak_penalty": logistic(features, minority, 0.001),
        "strong_penalty": logistic(features, minority, 100.0),
    },
    "standardise": {
        "columns": [[None if np.isnan(v) else float(v) for v in column] for column in counts.T],
        "mean": lists(scaler.mean_),
        "sd": lists(scaler.scale_),
        "z": lists(np.nan_to_num(scaler.transform(transformed), nan=0.0)),
    },
    "adjusted_rand": {"a": labels_a, "b": labels_b, "value": adjusted_rand_score(labels_a, labels_b)},
}

document = {
    "provenance": {
        "tool": "scikit-learn, scipy, numpy",
        "version": f"{sklearn.__version__}, {scipy.__version__}, {np.__version__}",
        "python": platform.python_version(),
        "command": "python tests/golden/make_learning.py",
        "seed": SEED,
    },
    "expected": expected,
}
target = pathlib.Path(__file__).with_name("learning.json")
target.write_text(json.dumps(document, separators=(",", ":")) + "\n")
