"""How the classifier's model comes about: ``python -m training`` (needs the extra ``train``) writes it anew.

    corpora (labelled posts of others, read where they lie) + sentences (our own) -> fit -> tracker/classify/model.bin
"""
