"""Pages of admins and auditors: what is in force, who may do what until when, what runs, what is on record.

They show policies, which are files in git, and change there. What two people do here is recorded as theirs.
"""

from enclave.web.pages.admin.data import router as data
from enclave.web.pages.admin.oversight import router as oversight
from enclave.web.pages.admin.policy import router as policy
from enclave.web.pages.admin.versions import router as versions

ROUTERS = (oversight, data, policy, versions)
