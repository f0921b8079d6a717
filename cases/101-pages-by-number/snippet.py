titles = [issue["title"] for page in tools["my-tracker"]["list issues"].pages({"_max": 7}, _max=3) for issue in page]
second = [issue["title"] for issue in next(my_tracker.list_issues.pages(page=2))]
{"titles": titles, "second": second}
