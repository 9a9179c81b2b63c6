"""Which template versions there are, and which functions each of them knows.

Source: HOT specification, the lists of functions by version.
"""

from typing import Any

from orchestration.templates import cfn
from orchestration.templates.template import CODENAMES, VERSIONS

CODENAME_VERSIONS = {version: name for name, version in CODENAMES.items()}
SINCE: dict[str, tuple[str, str, str]] = {
    "get_attr": ("2013-05-23", "", "A function for resolving resource attributes."),
    "get_file": ("2013-05-23", "", "A function for including a file inline."),
    "get_param": ("2013-05-23", "", "A function for resolving parameter references."),
    "get_resource": ("2013-05-23", "", "A function for resolving resource references."),
    "list_join": ("2013-05-23", "", "A function for joining lists of strings."),
    "resource_facade": ("2013-05-23", "", "A function for the stack around a template's own."),
    "str_replace": ("2013-05-23", "", "A function for replacing texts in a template."),
    "digest": ("2016-04-08", "", "A function for hashing a value."),
    "repeat": ("2015-04-30", "", "A function for iterating over a list of items."),
    "str_split": ("2015-10-15", "", "A function for splitting delimited strings into a list."),
    "map_merge": ("2016-04-08", "", "A function for merging maps."),
    "equals": ("2016-10-14", "", "A function for comparing whether two values are equal."),
    "if": ("2016-10-14", "", "A function to return one of two values by a condition."),
    "map_replace": ("2016-10-14", "", "A function for replacing keys and values in a map."),
    "filter": ("2017-02-24", "", "A function for leaving values out of a list."),
    "str_replace_strict": ("2017-02-24", "", "As str_replace; a text that is missing is an error."),
    "list_concat": ("2017-09-01", "", "A function for extending lists."),
    "list_concat_unique": ("2017-09-01", "", "As list_concat, each value once."),
    "contains": ("2017-09-01", "", "A function for looking a value up in a sequence."),
    "make_url": ("2017-09-01", "", "A function for building URLs."),
    "Fn::Base64": ("2013-05-23", "2014-10-16", "A placeholder for converting to base64."),
    "Fn::GetAZs": ("2013-05-23", "2014-10-16", "The availability zones."),
    "Fn::Join": ("2013-05-23", "2014-10-16", "A function for joining strings."),
    "Fn::MemberListToMap": ("2013-05-23", "2014-10-16", "Turns a list of pairs into a map."),
    "Fn::Replace": ("2013-05-23", "2014-10-16", "A function for replacing texts in a template."),
    "Fn::ResourceFacade": ("2013-05-23", "2014-10-16", "The stack around a template's own."),
    "Fn::Select": ("2013-05-23", "2014-10-16", "A function for picking one of a list or map."),
    "Fn::Split": ("2013-05-23", "2014-10-16", "A function for splitting a string."),
}
"""By function: the first version that knows it, the last one or nothing, and what it does."""
CONDITIONS = {
    "and": "A function for saying that all conditions hold.",
    "not": "A function for saying that a condition does not hold.",
    "or": "A function for saying that one condition holds.",
}
OF_CFN = {
    "Fn::FindInMap": "A function for resolving keys in the template mappings.",
    "Fn::GetAtt": "A function for resolving resource attributes.",
    "Fn::If": "A function to return one of two values by a condition.",
    "Fn::Equals": "A function for comparing whether two values are equal.",
    "Ref": "A function for resolving parameters and resources.",
}
LEFT_OUT = frozenset({"resource_facade", "Fn::ResourceFacade"})


def versions() -> list[dict[str, Any]]:
    """Return every version as the API lists it."""
    found = [
        {
            "version": f"heat_template_version.{name}",
            "type": "hot",
            "aliases": [f"heat_template_version.{CODENAME_VERSIONS[name]}"]
            if name in CODENAME_VERSIONS
            else [],
        }
        for name in VERSIONS
    ]
    older = [
        {"version": f"{key}.{name}", "type": "cfn", "aliases": []}
        for key, names in sorted(cfn.VERSIONS.items())
        for name in names
    ]
    return [*older, *found]


def functions(version: str, *, conditions: bool) -> list[dict[str, str]] | None:
    """Return the functions of a version, None when there is no such version.

    conditions: whether those that work in conditions only are among them.
    """
    key, _, name = version.partition(".")
    if key in cfn.VERSIONS and name in cfn.VERSIONS[key]:
        found = {n: words for n, (_, last, words) in SINCE.items() if last} | OF_CFN
        more = {f"Fn::{n.capitalize()}": words for n, words in CONDITIONS.items()}
    else:
        name = CODENAMES.get(name, name)
        if key != "heat_template_version" or name not in VERSIONS:
            return None
        found = {
            n: words
            for n, (first, last, words) in SINCE.items()
            if first <= name and (not last or name <= last)
        }
        more = CONDITIONS if name >= "2016-10-14" else {}
    every = found | more if conditions else found
    return [
        {"functions": n, "description": words}
        for n, words in sorted(every.items())
        if n not in LEFT_OUT
    ]
