"""Lets schemathesis check XML answers too: they are read by what the OpenAPI document says of them
(its schemas and their `xml` objects, nothing else) and validated like JSON."""

from xml.etree import ElementTree

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection


@schemathesis.deserializer("text/xml")
def read_xml(context, response):
    document = context.operation.schema.raw_schema
    responses = context.operation.definition.raw["responses"]
    answer = resolved(document, responses[str(response.status_code)])
    schema = resolved(document, answer["content"]["text/xml"]["schema"])
    root = ElementTree.fromstring(whole(response.content, schema["xml"]["name"]))
    demand(root.tag == schema["xml"]["name"], f"the root is {root.tag}")
    return read(document, schema, root)


@schemathesis.check
def wrong_arguments_are_refused(context, response, case):
    """As negative_data_rejection, but where ids are asked for: by the standard they override all other
    arguments, right or wrong, which OpenAPI cannot say."""
    if (case.query or {}).get("service_request_id"):
        return None
    return negative_data_rejection(context, response, case)


def whole(content, root):
    """Of an answer of more than 1 MiB schemathesis keeps the beginning only: the entries that are
    whole are checked."""
    if len(content) < 1024 * 1024:
        return content
    return content[: content.rindex(b"</request>") + len(b"</request>")] + f"</{root}>".encode()


def resolved(document, value):
    """`value`, or what it refers to."""
    while "$ref" in value:
        found = document
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = found
    return value


def read_one_of(document, forms, element):
    """Of several forms: what has elements is a list, and what is empty is null where that may be."""
    is_null = {"type": "null"} in forms and not len(element) and not element.text
    kind = "null" if is_null else "array" if len(element) else "string"
    for form in (resolved(document, form) for form in forms):
        if form.get("type") == kind or ("oneOf" in form and not is_null):
            return read(document, form, element)
    return demand(False, f"{element.tag} has none of its forms")


def read(document, schema, element):
    """The JSON that an element says by `schema`."""
    schema = resolved(document, schema)
    if "oneOf" in schema:
        return read_one_of(document, schema["oneOf"], element)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    text = element.text or ""
    if "array" in kinds:
        items = resolved(document, schema["items"])
        for child in element:
            demand(child.tag == items["xml"]["name"], f"{child.tag} in {element.tag}")
        return [read(document, items, child) for child in element]
    if "object" in kinds:
        fields = {}
        for child in element:
            demand(child.tag not in fields, f"{child.tag} comes twice in {element.tag}")
            field = schema["properties"].get(child.tag, schema.get("additionalProperties"))
            demand(field is not None, f"{child.tag} in {element.tag} is not documented")
            fields[child.tag] = read(document, field, child)
        return fields
    demand(len(element) == 0, f"{element.tag} is to hold text only")
    if text == "" and "null" in kinds:
        return None
    if "boolean" in kinds:
        return {"true": True, "false": False}.get(text, text)
    if "integer" in kinds:
        return int(text)
    if "number" in kinds:
        return float(text)
    return text


def demand(condition, fault):
    if not condition:
        raise ValueError(f"XML: {fault}")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sends the key in one place only, the one that is being checked: two keys that differ are a
    contradiction (400) before anybody asks whether one of them is good."""
    if isinstance(case.body, dict):
        case.body.pop("api_key", None)
