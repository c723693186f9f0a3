"""A seeded storm over real bots, and the audit that follows it.

    python -m tests.chaos --seed 1 --requests 1000 --persons 50 --database sqlite
    python -m tests.chaos --seed 1 --requests 1000 --persons 50 --database postgresql
    python -m tests.chaos --seed 1 --requests 300 --persons 30 --database postgresql --two-bots

Persons (`persons`) ask for dreams by a plan, over HTTP as their own client would, in channels and
in direct messages of a playground that listens on a socket. One bot or two (`bots`), processes of
their own with real workers and the network of the package, answer them, and keep their books in
SQLite or in a private PostgreSQL cluster (`grounds`). Meanwhile the storm (`storm`) kills workers
and bots, makes the server misbehave, deletes answers and takes the database away.

When it is calm again and no bot has anything left to do, the audit (`audit`) compares three
records: what the persons asked for, as they noted it; what was written at the server, in its
chronicle; and what the database says (`books`): jobs, ledger, allowances. It finds

- **lost**: a job that ended without a dream shown and without its person told, or never ended,
  or whose dream was taken back;
- **twice**: two dreams standing for one request at the same time;
- **charged**: an allowance that isn't the sum of the reservations that weren't given back, a
  reservation settled without a dream, or given back in spite of one;
- **unanswered**: a request that nobody ever answered, or whose last answer still promises;
- **strange**: a dream or a job that nobody asked for.

`trial` puts it all together. The plans of persons and storm follow from the seed alone; which
moment of a bot's work a blow hits does not.
"""
