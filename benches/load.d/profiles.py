"""Profiles of the measurements: each is a kind of load."""
from dataclasses import dataclass

from server import CACHE

# Number of concurrently active users.
PEOPLE = 1_000


@dataclass(frozen=True)
class Profile:
    """A kind of load."""
    name: str
    title: str
    # Operation sent by load.lua.
    operation: str
    # Number of accounts to choose from: all, PEOPLE, or the few of --active.
    among: str = "all"
    # True if Docket may cache lists.
    cached: bool = True
    # True if responses may be rejections: both servers bound the number of concurrent password
    # hashes.
    sign_ins: bool = False
    paced: bool = False

    @property
    def docket_settings(self) -> dict[str, str]:
        return {} if self.cached else {CACHE: "0"}


ALL = (
    Profile("list", "List of 50, read from the database", "list", cached=False),
    Profile("list-unchanged", "List of 50, unchanged and cached", "list", among="few"),
    Profile("list-conditional", "List of 50 with `If-None-Match`", "conditional", among="few"),
    Profile("get", "One task", "get"),
    Profile("create", "Create", "create"),
    Profile("toggle", "Toggle", "toggle"),
    Profile("patch", "Patch", "patch"),
    Profile("sign-in", "Sign in", "sign-in", sign_ins=True),
    # The limit of any list: bytes that are in memory, of about the size of a list of 50.
    Profile("static", "Static file of 23 kB, and the list as JSON", "static", cached=False),
    # The peer has no pages, so the page is compared with Docket's own list as JSON.
    Profile("page", "Page of 50 as HTML, and the list as JSON", "page", cached=False),
    Profile("mixed", "80 % reads, 15 % writes, 5 % sign-ins", "mixed", among="people",
            sign_ins=True),
    Profile("mixed-paced", "The same at a fixed rate", "mixed", among="people", sign_ins=True,
            paced=True),
    # The last one: others would look for the tasks.
    Profile("delete", "Delete", "delete"),
)
BY_NAME = {profile.name: profile for profile in ALL}
