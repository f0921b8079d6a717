import heapq
from collections import deque
from math import inf

graph = {"A": {"B": 7, "C": 9, "F": 14}, "B": {"C": 10, "D": 15}, "C": {"D": 11, "F": 2}, "D": {"E": 6}, "F": {"E": 9}, "E": {}, "Z": {}}


def dijkstra(start):
    distance, previous, queue = {n: inf for n in graph}, {}, [(0, start)]
    distance[start] = 0
    while queue:
        so_far, node = heapq.heappop(queue)
        if so_far > distance[node]:
            continue
        for neighbour, weight in graph[node].items():
            if (candidate := so_far + weight) < distance[neighbour]:
                distance[neighbour], previous[neighbour] = candidate, node
                heapq.heappush(queue, (candidate, neighbour))
    return distance, previous


def path(previous, end):
    steps = [end]
    while steps[-1] in previous:
        steps.append(previous[steps[-1]])
    return steps[::-1]


def topological():
    incoming = {n: 0 for n in graph}
    for edges in graph.values():
        for n in edges:
            incoming[n] += 1
    ready, order = deque(sorted(n for n, k in incoming.items() if k == 0)), []
    while ready:
        node = ready.popleft()
        order.append(node)
        for n in sorted(graph[node]):
            incoming[n] -= 1
            if incoming[n] == 0:
                ready.append(n)
    return order


distance, previous = dijkstra("A")
result = {
    "distance": {n: None if d == inf else d for n, d in distance.items()},
    "path": "".join(path(previous, "E")),
    "order": "".join(topological()),
}
