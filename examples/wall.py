#!/usr/bin/env python3
"""A map wall in words: server-sent events, with nothing but Python's own library. Goes on where it was when the connection breaks.

    python3 examples/wall.py                                  # the server at http://127.0.0.1:8080
    CITYGATE_TOKEN=... python3 examples/wall.py https://wall.example 'bbox=108.3,22.7,108.4,22.9&kind=patrol_car'
"""
import json
import os
import sys
import time
import urllib.request


def events(url, last):
    """Yields the name, the data and the id of each event; the last id that was read goes on where a broken connection was."""
    headers = {"Accept": "text/event-stream"}
    if token := os.environ.get("CITYGATE_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    if last:
        headers["Last-Event-ID"] = last
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=15) as answer:
        event = {}
        for line in answer:
            line = line.decode().rstrip("\n")
            if line:
                field, _, value = line.partition(": ")
                event[field] = value
            elif event:
                yield event["event"], json.loads(event["data"]), event.get("id")
                event = {}


def main():
    server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    view = sys.argv[2] if len(sys.argv) > 2 else ""
    units, last, printed, wait_s = {}, None, 0.0, 0.5
    while True:
        try:
            for kind, data, mark in events(f"{server}/v1/stream/events?{view}", last):
                wait_s = 0.5
                last = mark or last
                if kind == "snapshot":
                    units = {}
                if kind in ("snapshot", "delta"):
                    units.update((unit["id"], unit) for unit in data.get("units", []))
                    for gone in data.get("gone", []):
                        units.pop(gone, None)
                if kind == "events":
                    for event in data["events"]:
                        print(" ", json.dumps(event, ensure_ascii=False))
                if kind == "delta" and time.monotonic() - printed > 1:
                    printed = time.monotonic()
                    free = sum(unit["status"] == "available" for unit in units.values())
                    print(f"tick {data['seq']}: {len(units)} units, {free} available", flush=True)
        except OSError as error:
            print(f"lost: {error}; again in {wait_s:.1f} s", file=sys.stderr)
        time.sleep(wait_s)
        wait_s = min(10.0, 2 * wait_s)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
