"""What ``%langtail`` can do: a module for each word or few; `table` lists them all."""
