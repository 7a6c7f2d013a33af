"""Carrying out calls of a user's tools. A speaker uses it so:

```python
toolbox = Toolbox(specs, way, servers, model)            # once for a run; plain data, so that it travels to workers
tools = toolbox.schemas()                                # for Call.tools of whoever may call them
fault = toolbox.fault(called)                            # what is wrong with a ToolCall; a wrong one is drawn again
result = await toolbox.call(access, brief, messages, called, step=step, attempt=attempt)
message = result.message(called)                         # the message of role `tool`
```

`access` is the way to models (the gateway, a team's SpeakersAccess, a worker's). `messages` are those of the conversation before
this result: the assistant's message that holds the call, and the results of calls before it in the same message. Parallel
calls of one answer are carried out in order, each with the results of those before it. `step` and `attempt` say whose draw
it is, as for any call; the place in the conversation is counted from `messages`. An equal call of the same step, attempt and
place is made once: draws that share all messages before them may share an attempt. A real call cannot be undone, so a draw is
checked as far as possible before any of its calls is carried out.

A call goes to its server, and is *recorded*, or a model answers in the server's place, and it is *simulated*
(`requests.ToolWay`). Both ways are calls through the gateway, a real one to a model that `acts`: so its
result is in the journal before anything uses it, a resumed run makes no call twice, budgets refuse it, a server that is
away is waited for, and Ray workers need no connection. `agents.tools.http` and `agents.tools.mcp` are the transports, which
the gateway owns and closes.

What a tool answers is a result, an error of its own included (`ToolResult.error`). A server that cannot be started or reached is
trouble of the machinery: ModelUnavailable, EndpointAway or CallFailed, as for any endpoint, and never a verdict on a sample.
"""
