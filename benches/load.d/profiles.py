"""What is measured: each profile is a kind of load."""
from dataclasses import dataclass

from server import CACHE

# How many people are at work at once, of all that have an account.
PEOPLE = 1_000


@dataclass(frozen=True)
class Profile:
    """A kind of load."""
    name: str
    title: str
    # What load.lua sends.
    operation: str
    # How many accounts the requests choose from: all, PEOPLE, or the few of --active.
    among: str = "all"
    # Whether Docket may keep lists in memory.
    cached: bool = True
    # Whether the answers may be refusals: both servers hash only so many passwords at once.
    sign_ins: bool = False
    paced: bool = False

    @property
    def docket_settings(self) -> dict[str, str]:
        return {} if self.cached else {CACHE: "0"}


ALL = (
    Profile("list", "List of 50, read from the database", "list", cached=False),
    Profile("list-unchanged", "List of 50, unchanged and read before", "list", among="few"),
    Profile("list-conditional", "List of 50 with `If-None-Match`", "conditional", among="few"),
    Profile("get", "One task", "get"),
    Profile("create", "Create", "create"),
    Profile("toggle", "Toggle", "toggle"),
    Profile("sign-in", "Sign in", "sign-in", sign_ins=True),
    # The peer has no pages: Docket's own list as JSON is what it is compared with.
    Profile("page", "Page of 50 as HTML, and the list as JSON", "page", cached=False),
    Profile("mixed", "80 % reads, 15 % writes, 5 % sign-ins", "mixed", among="people",
            sign_ins=True),
    Profile("mixed-paced", "The same at a fixed rate", "mixed", among="people", sign_ins=True,
            paced=True),
)
BY_NAME = {profile.name: profile for profile in ALL}
