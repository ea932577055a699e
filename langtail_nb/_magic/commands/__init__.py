"""What ``%langtail`` can do: a function for each word, a module for those that have words of their own."""
