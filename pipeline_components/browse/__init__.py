"""Questions to a store, answered as data: what was made from what, how two artifacts differ, what is inside."""
