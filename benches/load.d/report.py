"""Markdown tables of the results: medians of the rounds."""
import statistics

from profiles import BY_NAME


def row(*cells) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def heading(*cells) -> str:
    return row(*cells) + "\n" + row(*("---" for _ in cells))


def number(value: float) -> str:
    """Formats a number with its significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def median(results: list[dict], key: str) -> float:
    return statistics.median(result[key] for result in results)


def _failures(results: list[dict]) -> str:
    failed = sum(result["failed"] for result in results)
    refused = sum(result["refused"] for result in results)
    return f"{failed} ({refused} refused)" if refused else str(failed)


def _ratio(results: list[list[dict]]) -> str:
    ratios = [first["rate"] / second["rate"] for first, second in zip(*results) if second["rate"]]
    if not ratios:
        return "-"
    return (f"**{statistics.median(ratios):.2f}** "
            f"({min(ratios):.2f} to {max(ratios):.2f})")


def _cells(results: list[dict]) -> list[list[list[dict]]]:
    """Returns the results of each cell, the first contestant before the second."""
    cells = {}
    for result in results:
        cell = cells.setdefault((result["profile"], result["connections"]), {})
        cell.setdefault(result["contestant"], []).append(result)
    return [list(cell.values()) for cell in cells.values() if len(cell) == 2]


def compared(results: list[dict]) -> str:
    """Returns the table of Docket / the peer on one engine."""
    database = any(result["database_cpu"] for result in results)
    columns = ["Load", "Connections", "Requests/s", "Ratio (range)", "p50 ms", "p95 ms", "p99 ms",
               "Errors", "CPU s per 1,000"]
    columns += ["Database's CPU s per 1,000"] if database else []
    columns += ["Memory MiB", "of it own"]
    lines = [heading(*columns)]
    keys = ["cpu"] + (["database_cpu"] if database else []) + ["resident", "own"]
    for cell in _cells(results):
        def both(key, cell=cell):
            return " / ".join(number(median(each, key)) for each in cell)
        first = cell[0][0]
        lines.append(row(BY_NAME[first["profile"]].title, f"{first['connections']:,}", both("rate"),
                         _ratio(cell), both("p50"), both("p95"), both("p99"),
                         " / ".join(map(_failures, cell)), *map(both, keys)))
    if any(result["refused"] for result in results):
        lines.append("\nRefused: answered with 503 and the request to come again, because more "
                     "passwords wait than are hashed in good time. These count for the times, and "
                     "not for requests/s.")
    return "\n".join(lines)


def by_kind(results: list[dict]) -> str:
    """Returns the latency by kind of request, for loads at a fixed rate."""
    paced = [cell for cell in _cells(results) if "kinds" in cell[0][0]]
    if not paced:
        return ""
    lines = [heading("At a fixed rate", "Answers", "p50 ms", "p95 ms", "p99 ms", "Longest ms")]
    for cell in paced:
        for kind in ("read", "write", "sign-in"):
            kinds = [[result["kinds"].get(kind) for result in each] for each in cell]
            if not all(map(all, kinds)):
                continue
            lines.append(row(kind, *(" / ".join(number(median(each, key)) for each in kinds)
                                     for key in ("answers", "p50", "p95", "p99", "max"))))
        lags = [result["lag"]["p99"] for each in cell for result in each]
        lines.append("\nTimes count from the instant at which a request was meant to be sent; the "
                     f"load itself was late by {number(max(lags))} ms (p99) at most.")
    return "\n".join(lines)


def cold_starts(starts: dict[str, list[float]]) -> str:
    if not starts:
        return ""
    lines = [heading("From the start of the program to", "Median ms", "Range ms")]
    for name, times in starts.items():
        lines.append(row(name, number(statistics.median(times)),
                         f"{number(min(times))} to {number(max(times))}"))
    return "\n".join(lines)


def scaling(results: list[dict]) -> str:
    lines = [heading("Engine", "Others' tasks", "Connections", "Lists/s (range)", "p50 ms", "p95 ms",
                     "p99 ms", "Errors", "CPU s per 1,000")]
    cells = {}
    for result in results:
        key = result["engine"], result["others"], result["connections"]
        cells.setdefault(key, []).append(result)
    for (engine, others, connections), cell in sorted(
            cells.items(), key=lambda item: (item[0][0], item[0][2], item[0][1])):
        rates = [result["rate"] for result in cell]
        lines.append(row(engine, f"{others:,}", connections,
                         f"{number(median(cell, 'rate'))} ({number(min(rates))} to "
                         f"{number(max(rates))})",
                         *(number(median(cell, key)) for key in ("p50", "p95", "p99")),
                         _failures(cell), number(median(cell, "cpu"))))
    return "\n".join(lines)
