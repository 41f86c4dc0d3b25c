"""The store in a browser: what was made, why, and what is served. HTTP and HTML alone; the answers are browse's."""
