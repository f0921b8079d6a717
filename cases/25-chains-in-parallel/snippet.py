import asyncio

async def members_of(name):
    team = await org.team.aio(name=name)
    return name, await org.members.aio(team_id=team["id"])

async with asyncio.TaskGroup() as group:
    tasks = [group.create_task(members_of(name)) for name in ("core", "web")]
result = dict(task.result() for task in tasks)
