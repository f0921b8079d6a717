import bisect
import heapq

jobs = [(5, "write"), (1, "read"), (3, "think")]
heapq.heapify(jobs)
heapq.heappush(jobs, (2, "plan"))
order = [heapq.heappop(jobs)[1] for _ in range(len(jobs))]
grades = [(score, "FDCBA"[bisect.bisect([60, 70, 80, 90], score)]) for score in (33, 70, 89, 100)]
sorted_list = [1, 3, 3, 8]
bisect.insort(sorted_list, 4)
{
    "order": order,
    "grades": grades,
    "inserted": sorted_list,
    "left": bisect.bisect_left(sorted_list, 3),
    "largest": heapq.nlargest(2, [{"n": 1}, {"n": 7}, {"n": 5}], key=lambda d: d["n"]),
    "merged": list(heapq.merge([1, 4], [2, 3], [0, 9])),
    "replace": heapq.heappushpop([2, 5], 1),
}
