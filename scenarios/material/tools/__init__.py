"""The tools that a user brings: what each is called, takes and gives, and how it is reached. Pure; nothing is called here.

`reading.read_tools(path)` reads an OpenAPI document or a list of JSON schemas, `mcp.tools_listed` what an MCP server lists.
`spec.schema_of(spec)` is a tool as a model is offered it, `arguments.argument_fault(spec, text)` what is wrong with a call.
How a call is carried out is in `agents.tools`.
"""
