"""The pages: HTML made on the server from what the actions of the API give. They decide nothing.

Each area has a folder with its routers and, beside them, its templates: `researcher`, `checker`, `admin`, `public`.
A template is named from here: `researcher/projects.html`. Every page works without JavaScript.
"""
