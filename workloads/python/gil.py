#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fixed work in CPython: computing or waiting, by serial, threading, multiprocessing or asyncio.

Provokes: the global interpreter lock. Threads that compute take turns at it, however many cores
there are; threads that wait let go of it. Processes have one each.

A fair stand-in: a loop of plain Python as any program's, and requests over sockets to a server (a
process of its own) that answers after a delay.

Expect: `cpu` by threading takes as long as serial, one core at a time; by multiprocessing, as many
cores as units. `io` overlaps in all but serial; in asyncio on one thread.

Prints one line of JSON. Status 0; 1 where a result is wrong, 2 for wrong usage.
"""

import argparse
import ctypes
import heapq
import json
import os
import selectors
import signal
import socket
import sys
import time
import zlib

DELAY_S = 0.010
MASK = (1 << 64) - 1
MULTIPLIER, INCREMENT = 6364136223846793005, 1442695040888963407
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class WrongResult(Exception):
    """What was computed or answered is not what it must be."""


# ---- computing --------------------------------------------------------------------------------


def compute(start, steps):
    """A linear congruential generator, step by step: every step needs the one before."""
    value = start
    for _ in range(steps):
        value = (value * MULTIPLIER + INCREMENT) & MASK
    return value


def computed_by_squaring(start, steps):
    """The same by other arithmetic: the step, an affine map, composed with itself."""
    scale, shift = 1, 0
    power_scale, power_shift = MULTIPLIER, INCREMENT
    while steps:
        if steps & 1:
            scale, shift = scale * power_scale & MASK, (shift * power_scale + power_shift) & MASK
        power_scale, power_shift = (
            power_scale * power_scale & MASK,
            (power_shift * power_scale + power_shift) & MASK,
        )
        steps >>= 1
    return (start * scale + shift) & MASK


def compute_unit(unit, work):
    value = compute(unit, work * 1000)
    if value != computed_by_squaring(unit, work * 1000):
        raise WrongResult(f"unit {unit} computed {value:#x}")
    return value


async def compute_unit_async(unit, work):
    return compute_unit(unit, work)


# ---- waiting ----------------------------------------------------------------------------------


def answer_to(line):
    return b"%08x\n" % zlib.crc32(line)


def die_with_parent(parent):
    """The child of a killed process must not live on; nor if it was killed just now."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def serve(listener):
    """Answers every line after DELAY_S; all equally late, by one thread. Never returns."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    due, partial = [], {}
    while True:
        now = time.monotonic()
        while due and due[0][0] <= now:
            _, _, client, line = heapq.heappop(due)
            client.sendall(answer_to(line))
        for key, _ in selector.select(due[0][0] - now if due else None):
            if key.fileobj is listener:
                client, _ = listener.accept()
                partial[client] = b""
                selector.register(client, selectors.EVENT_READ)
                continue
            client = key.fileobj
            received = client.recv(4096)
            if not received:
                selector.unregister(client)
                del partial[client]
                client.close()
                continue
            *lines, partial[client] = (partial[client] + received).split(b"\n")
            for line in lines:
                heapq.heappush(due, (time.monotonic() + DELAY_S, client.fileno(), client, line))


def start_server(clients):
    """Its address, known before it runs; the kernel chooses the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=min(clients, 4096))
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            die_with_parent(parent)
            serve(listener)
        finally:
            os._exit(1)
    address = listener.getsockname()
    listener.close()
    return pid, address


def check_answer(line, answer):
    if answer != answer_to(line):
        raise WrongResult(f"{line!r} was answered with {answer!r}")
    return int(answer, 16)


def ask_unit(unit, work, address):
    checksum = 0
    # Not create_connection: it looks the name up, and imports what it takes to encode one.
    with socket.socket() as connection, connection.makefile("rb") as answers:
        connection.connect(address)
        for request in range(work):
            line = b"%d %d" % (unit, request)
            connection.sendall(line + b"\n")
            checksum += check_answer(line, answers.readline())
    return checksum


async def ask_unit_async(unit, work, address):
    import asyncio

    checksum = 0
    answers, requests = await asyncio.open_connection(*address)
    for request in range(work):
        line = b"%d %d" % (unit, request)
        requests.write(line + b"\n")
        checksum += check_answer(line, await answers.readline())
    requests.close()
    await requests.wait_closed()
    return checksum


# ---- as what ----------------------------------------------------------------------------------
# Each takes what a unit does and how many there are, and returns their results in order. What only
# one of them needs is imported there: it would be part of every other's start.


def run_serial(unit_run, units):
    return [unit_run(unit) for unit in range(units)]


def run_threading(unit_run, units):
    import threading

    results = [None] * units

    def thread_main(unit):
        results[unit] = unit_run(unit)

    threads = [threading.Thread(target=thread_main, args=(unit,)) for unit in range(units)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def run_multiprocessing(unit_run, units):
    import mmap
    import multiprocessing

    context = multiprocessing.get_context("fork")
    # Not context.Array, which makes a file in /dev/shm: a kill at the wrong moment would leave it.
    results = memoryview(mmap.mmap(-1, 8 * units)).cast("Q")
    parent = os.getpid()

    def process_main(unit):
        die_with_parent(parent)
        results[unit] = unit_run(unit)

    processes = [context.Process(target=process_main, args=(unit,)) for unit in range(units)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [results[unit] if processes[unit].exitcode == 0 else None for unit in range(units)]


def run_asyncio(unit_run, units):
    import asyncio

    async def all_units():
        return await asyncio.gather(*(unit_run(unit) for unit in range(units)))

    return asyncio.run(all_units())


MODELS = {
    "serial": run_serial,
    "threading": run_threading,
    "multiprocessing": run_multiprocessing,
    "asyncio": run_asyncio,
}


# ---- the command line -------------------------------------------------------------------------


def count(text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 to 1000000")
    return int(text)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["cpu", "io"], help="what a unit does")
    parser.add_argument("--as", dest="model", choices=list(MODELS), default="threading")
    parser.add_argument(
        "--units", type=count, help="default: the CPUs allowed, at most 4, for cpu; 32 for io"
    )
    parser.add_argument(
        "--work", type=count, help="a unit's: thousands of steps (default 2000); requests (3)"
    )
    arguments = parser.parse_args()
    cpu = arguments.kind == "cpu"
    arguments.units = arguments.units or (min(4, len(os.sched_getaffinity(0))) if cpu else 32)
    arguments.work = arguments.work or (2000 if cpu else 3)
    return arguments


def run(arguments):
    work, is_async = arguments.work, arguments.model == "asyncio"
    server = None
    if arguments.kind == "cpu":
        step = compute_unit_async if is_async else compute_unit
        unit_run = lambda unit: step(unit, work)
    else:
        server, address = start_server(arguments.units)
        step = ask_unit_async if is_async else ask_unit
        unit_run = lambda unit: step(unit, work, address)
    try:
        return MODELS[arguments.model](unit_run, arguments.units)
    finally:
        if server:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)


def main():
    arguments = parse_arguments()
    started = time.monotonic()
    try:
        results = run(arguments)
        failed = [unit for unit, result in enumerate(results) if result is None]
        if failed:
            raise WrongResult(f"unit {failed[0]} failed: see its message above")
    except (WrongResult, OSError) as error:
        sys.exit(f"gil.py: {error}\nhint: run it again, or with fewer units (--units)")
    print(
        json.dumps(
            {
                "kind": arguments.kind,
                "model": arguments.model,
                "units": arguments.units,
                "work": arguments.work,
                "wall_s": round(time.monotonic() - started, 6),
                "checksum": f"{sum(results) & MASK:016x}",
                "python": ".".join(map(str, sys.version_info[:3])),
            }
        )
    )


if __name__ == "__main__":
    main()
