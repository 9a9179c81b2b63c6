"""The Image API: its URL table, its rules, and how its errors look."""

import dataclasses
import html
from collections.abc import Sequence

import falcon

from common import http
from common.auth import Authenticator
from common.db import Database
from common.errors import CloudError
from common.http import Route
from common.policy import Policy
from image.api.actions import ActionsResource
from image.api.data import FileResource
from image.api.definitions import DefinitionsResource, TagDefinitionsResource
from image.api.discovery import InfoResource, SchemaResource, VersionsResource
from image.api.images import ImageResource, ImagesResource
from image.api.imports import ImportResource
from image.api.members import MemberResource, MembersResource
from image.api.metadefs import AssociationsResource, NamespaceResource, NamespacesResource
from image.api.stores import StoresResource
from image.api.tags import TagResource
from image.api.tasks import TasksResource
from image.clients import Regions
from image.drivers.base import Store
from image.drivers.stores import Stores
from image.drivers.web import Rules
from image.logic.copying import Copying
from image.logic.data import Data
from image.logic.definitions import Definitions
from image.logic.images import Images
from image.logic.imports import Imports
from image.logic.limits import Limits
from image.logic.locations import Locations
from image.logic.members import Members
from image.logic.metadefs import OBJECT, PROPERTY, TAG, Metadefs
from image.logic.tasks import Tasks
from image.policies import images as image_policies
from image.policies import members as member_policies
from image.policies import metadefs as metadef_policies
from image.schemas import metadefs as metadef_schemas
from image.schemas.imports import METHODS
from image.views.images import Look

RULES = [*image_policies.RULES, *member_policies.RULES, *metadef_policies.RULES]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """What the API is made of.

    match: whether data must be in the image's disk_format.  methods: of import, that are offered
    where they make sense.  rules: from where data may be fetched.  locations: whether it may stay
    there.  regions: the way to others.
    """

    database: Database
    store: Store | Stores
    authenticator: Authenticator
    limits: Limits = dataclasses.field(default_factory=Limits)
    match: bool = True
    methods: Sequence[str] = tuple(METHODS)
    rules: Rules = dataclasses.field(default_factory=Rules)
    locations: bool = False
    regions: Regions | None = None
    stall_timeout_s: float = 60.0
    policy_file: str | None = None


def create_app(parts: Parts) -> falcon.App:
    """Return the WSGI app."""
    return http.create_app(
        http.AppSpec(
            service="image",
            routes=routes(parts),
            render=render,
            authenticator=parts.authenticator,
            health={"database": parts.database.ping},
        )
    )


def routes(parts: Parts) -> list[Route]:
    """Return the URL table."""
    policy = Policy(RULES, parts.policy_file)
    stores = Stores.of(parts.store)
    places = Locations(parts.limits, parts.rules) if parts.locations else None
    look = Look(stores.sort, parts.locations)
    images = Images(parts.database, stores, parts.limits, places)
    members = Members(parts.database, parts.limits.max_members)
    data = Data(parts.database, stores, parts.limits, match=parts.match, rules=parts.rules)
    copying = Copying(parts.database, stores)
    imports = Imports(
        parts.database,
        data,
        copying,
        methods=_methods(parts, stores),
        rules=parts.rules,
        regions=parts.regions,
    )
    tasks = TasksResource(policy, Tasks(parts.database, images, imports))
    kept = StoresResource(policy, copying, images, locations=parts.locations)
    file = FileResource(policy, data, parts.stall_timeout_s)
    actions, info, versions = (
        ActionsResource(policy, images),
        InfoResource(policy, imports.methods),
        VersionsResource(),
    )
    image = "/v2/images/{image_id}"
    return [
        Route("/", versions, public=True),
        Route("/versions", versions, "listed", public=True),
        Route("/v2", versions, public=True),
        Route("/v2/", versions, public=True),
        Route("/v2/images", ImagesResource(policy, images, imports.methods, stores.ids, look)),
        Route(image, ImageResource(policy, images, look)),
        Route(f"{image}/file", file, upload=True),
        Route(f"{image}/stage", file, "stage", upload=True),
        Route(f"{image}/import", ImportResource(policy, imports)),
        Route(f"{image}/actions/deactivate", actions, "deactivate"),
        Route(f"{image}/actions/reactivate", actions, "reactivate"),
        Route(f"{image}/tags/{{tag}}", TagResource(policy, images)),
        Route(f"{image}/tasks", tasks, "image"),
        Route("/v2/tasks", tasks),
        Route("/v2/tasks/{task_id}", tasks, "one"),
        Route(f"{image}/members", MembersResource(policy, members)),
        Route(f"{image}/members/{{member_id}}", MemberResource(policy, members)),
        Route("/v2/schemas/{name}", SchemaResource(policy)),
        Route("/v2/schemas/metadefs/{name}", SchemaResource(policy), "metadef"),
        Route("/v2/info/import", info, "import"),
        Route("/v2/info/stores", kept),
        Route("/v2/info/stores/detail", kept, "detail"),
        Route("/v2/info/usage", kept, "usage"),
        Route("/v2/stores/{store_id}/{image_id}", kept, "copy"),
        *_metadefs(policy, parts.database),
    ]


def _methods(parts: Parts, stores: Stores) -> list[str]:
    """Return the methods of import that make sense here."""
    senseless = set()
    if len(stores.ids) == 1:
        senseless.add("copy-image")
    if parts.regions is None:
        senseless.add("glance-download")
    return [name for name in METHODS if name in parts.methods and name not in senseless]


def _metadefs(policy: Policy, database: Database) -> list[Route]:
    metadefs = Metadefs(database)
    every, one = "/v2/metadefs/namespaces", "/v2/metadefs/namespaces/{namespace}"
    namespaces = NamespacesResource(policy, metadefs)
    associations = AssociationsResource(policy, metadefs)
    objects = DefinitionsResource(policy, Definitions(database, OBJECT), metadef_schemas.OBJECT)
    properties = DefinitionsResource(
        policy, Definitions(database, PROPERTY), metadef_schemas.PROPERTY
    )
    tags = TagDefinitionsResource(
        policy, Definitions(database, TAG), metadef_schemas.TAG, metadef_schemas.TAGS
    )
    defined = {"objects": objects, "properties": properties, "tags": tags}
    return [
        Route(every, namespaces),
        Route("/v2/metadefs/resource_types", namespaces, "types"),
        Route(one, NamespaceResource(policy, metadefs)),
        Route(f"{one}/resource_types", associations),
        Route(f"{one}/resource_types/{{name}}", associations, "one"),
        *(Route(f"{one}/{many}", resource) for many, resource in defined.items()),
        *(Route(f"{one}/{many}/{{name}}", resource, "one") for many, resource in defined.items()),
    ]


def render(error: CloudError, req: falcon.Request) -> str:
    """Return an error's page: its status as the title, then what happened."""
    title = f"{error.status} {error.title}"
    sentence = html.escape(str(error))
    return (
        f"<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n"
        f"  <h1>{title}</h1>\n  {sentence}<br /><br />\n </body>\n</html>\n"
    )
