"""pytest-xdist: how tests are shared out among workers."""

import inspect

from xdist.scheduler import LoadScopeScheduling

from tests.kits.canaries import canary


@canary(
    "pytest-xdist", "_split_scope", "mark what needs the one Airflow with xdist_group, and run with --dist loadgroup"
)
def test_the_scheduler_asks_for_the_scope_of_each_test():
    assert list(inspect.signature(LoadScopeScheduling._split_scope).parameters) == ["self", "nodeid"]
    assert "self._split_scope(" in inspect.getsource(LoadScopeScheduling)
