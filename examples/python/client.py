"""The life of a task over MCP, with Python's standard library alone.

    npm start -- examples/quickstart
    python3 examples/python/client.py [URL [KEY]]

It submits a task, polls it, answers what it asks, reads its result, and cancels another one: first in MCP 2026-07-28,
where every request says everything about itself, then in 2025-11-25, where a session is opened first.
"""

import itertools
import json
import sys
import time
import urllib.error
import urllib.request

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4620/mcp"
KEY = sys.argv[2] if len(sys.argv) > 2 else ""

CLIENT = {"name": "python", "version": "1.0.0"}
SOON = {"name": "ask_later", "arguments": {"what": "the dishes", "minutes": 0}}
LATER = {"name": "ask_later", "arguments": {"what": "the laundry", "minutes": 60}}
YES = {"action": "accept", "content": {"isDone": True}}
OVER = ("completed", "failed", "cancelled")
ids = itertools.count(1)


def post(message, headers):
    """Sends one JSON-RPC message. Gives the HTTP response, which may be JSON or an event stream."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream", **headers}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    try:
        return urllib.request.urlopen(urllib.request.Request(URL, body, headers))
    except urllib.error.HTTPError as error:
        sys.exit(f"{message.get('method')}: HTTP {error.code} {error.read().decode()}")
    except urllib.error.URLError as error:
        sys.exit(f"{URL}: {error.reason}")


def events(response):
    """The messages of an event stream, as they come."""
    for line in response:
        if line.startswith(b"data: ") and line[6:].strip():
            yield json.loads(line[6:])


def result_of(message):
    if "error" in message:
        sys.exit(f"Error {message['error']['code']}: {message['error']['message']}")
    return message["result"]


class Modern:
    """MCP 2026-07-28 with its tasks extension."""

    version = "2026-07-28"

    def ask(self, method, params):
        meta = {
            "io.modelcontextprotocol/protocolVersion": self.version,
            "io.modelcontextprotocol/clientInfo": CLIENT,
            "io.modelcontextprotocol/clientCapabilities": {
                "elicitation": {},
                "extensions": {"io.modelcontextprotocol/tasks": {}},
            },
        }
        headers = {
            "MCP-Protocol-Version": self.version,
            "Mcp-Method": method,
            "Mcp-Name": params.get("taskId") or params.get("name"),
        }
        message = {"id": next(ids), "method": method, "params": {**params, "_meta": meta}}
        return result_of(json.load(post(message, headers)))

    def submit(self, call):
        return self.ask("tools/call", call)

    def look(self, task):
        time.sleep(task["pollIntervalMs"] / 1000)
        return self.ask("tasks/get", {"taskId": task["taskId"]})

    def finish(self, task):
        questions = task["inputRequests"]
        for question in questions.values():
            print("  asks      ", question["params"]["message"])
        answers = {key: YES for key in questions}
        self.ask("tasks/update", {"taskId": task["taskId"], "inputResponses": answers})
        while task["status"] not in OVER:
            task = self.look(task)
        return task["result"]

    def cancel(self, task):
        self.ask("tasks/cancel", {"taskId": task["taskId"]})
        return self.look(task)


class Legacy:
    """MCP 2025-11-25."""

    version = "2025-11-25"

    def __init__(self):
        self.headers = {}
        params = {"protocolVersion": self.version, "capabilities": {"elicitation": {}}, "clientInfo": CLIENT}
        response = post({"id": next(ids), "method": "initialize", "params": params}, {})
        session = response.headers["Mcp-Session-Id"]
        self.headers = {"Mcp-Session-Id": session, "MCP-Protocol-Version": self.version}
        post({"method": "notifications/initialized"}, self.headers)

    def ask(self, method, params):
        return result_of(json.load(post({"id": next(ids), "method": method, "params": params}, self.headers)))

    def submit(self, call):
        return self.ask("tools/call", {**call, "task": {}})["task"]

    def look(self, task):
        time.sleep(task["pollInterval"] / 1000)
        return self.ask("tasks/get", {"taskId": task["taskId"]})

    def finish(self, task):
        """Waits on a stream, on which the server asks, too; the answer is a message of its own."""
        params = {"taskId": task["taskId"]}
        for message in events(post({"id": "result", "method": "tasks/result", "params": params}, self.headers)):
            if message.get("method") == "elicitation/create":
                print("  asks      ", message["params"]["message"])
                post({"id": message["id"], "result": YES}, self.headers)
            elif message.get("id") == "result":
                return result_of(message)
        sys.exit("The stream ended before the result.")

    def cancel(self, task):
        return self.ask("tasks/cancel", {"taskId": task["taskId"]})


for client in (Modern(), Legacy()):
    print("MCP", client.version)
    task = client.submit(SOON)
    print("  submitted ", task["status"])
    while task["status"] == "working":
        task = client.look(task)
    print("  polled    ", task["status"])
    print("  result    ", client.finish(task)["content"][0]["text"])
    print("  cancelled ", client.cancel(client.submit(LATER))["status"])
