"""Incident -> what people and scripts read: text, JSON, CSV, HTML and a picture (pure: no clock, no terminal).

``text`` prints the timeline, ``table`` a line an incident, ``detail`` one with everything behind it; ``checked`` is the
answer to whether anything is broken, ``figures`` are tables and bars of numbers. ``json`` and ``csv`` are for scripts,
``atom`` is a feed and ``ical`` a calendar to subscribe to, ``html`` is a page that stands alone, ``svg`` the picture in
it. ``clean`` makes strangers' words harmless, ``words`` says times and durations.
"""
