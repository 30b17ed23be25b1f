"""Settings that most sources have. One with others declares its own, with `settings`."""

from sluice.workspace.settings import Secret, settings

__all__ = ["Addressed", "Presented", "Secret", "Signed", "Tokened", "settings"]


@settings
class Signed:
    """`secret` is what the vendor signs with; a list of two lets you rotate it.

    `user_id` is the path of your own user id in the vendor's events, such as `$.data.object.metadata.account_id`.
    """

    secret: Secret | list[Secret]
    user_id: str = ""


@settings
class Addressed:
    """`secret` is what the vendor signs with; a list of two lets you rotate it.

    `user_id` is the path of your own user id in the vendor's events. `public_url` is the address of the hook exactly as
    the vendor has it, where a proxy before the API changes host or path: the vendor signs the address too.
    """

    secret: Secret | list[Secret]
    user_id: str = ""
    public_url: str = ""


@settings
class Tokened:
    """`token` stands at the end of the hook's address, `/v1/sources/<id>/hook/<token>`: the vendor signs nothing.

    Let it be long and random; a list of two lets you change it. `user_id` is the path of your own user id in the
    vendor's events.
    """

    token: Secret | list[Secret]
    user_id: str = ""


@settings
class Presented:
    """`secret` is sent by the vendor as it is; a list of two lets you change it.

    It is the password of HTTP Basic, or what the page says, or the value of `header` where you name one. `user_id` is
    the path of your own user id in the vendor's events.
    """

    secret: Secret | list[Secret]
    header: str = ""
    user_id: str = ""
