"""How the classifier's model comes about: ``python -m tracker.classify.training`` writes it anew (extra ``train``).

corpora (labelled posts of others, read where they lie) + sentences (our own) -> fit -> tracker/classify/model.bin
"""
