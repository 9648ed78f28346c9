"""The open record of what official accounts say when their services break.

The way of the data is the list of the files; verbs are stages, nouns are what passes between them::

    poll  ->  read  ->  classify  ->  assemble  ->  store  ->  show
    Source   Document   Announcement   Verdict      Incident

``models`` holds the nouns, ``collect`` walks the whole way, ``cli`` owns the clock and the terminal.
"""

__version__ = "0.1.0"
