"""KRA for local use and for tests: both doors of eTIMS (OSCU and VSCU) as a separate program over real HTTP.

It imports nothing else from this project, so that it cannot share a misreading of KRA's papers with the portal.
Start it with ``python -m portal.simulator --port 8088 --state FILE``;
the README beside this file describes its control path.
"""
