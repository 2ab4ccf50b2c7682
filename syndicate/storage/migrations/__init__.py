"""How the tables came to be, step by step, as Alembic runs it. A step that has been released is never changed."""
