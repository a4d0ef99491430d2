"""The two commands, bin/run and bin/test: a whole Risiti on one machine, with its own PostgreSQL and Redis."""
