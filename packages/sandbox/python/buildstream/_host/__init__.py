"""The host: loads plugins and answers the program that started it."""
