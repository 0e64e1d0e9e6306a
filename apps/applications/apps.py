from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "apps.applications"

    def ready(self) -> None:
        from apps.applications.services.applications import remove_applications
        from apps.applications.services.roles import drop_group, refuse_mightier_group, refuse_mightier_people
        from apps.directory.services.groups import before_membership_changes, when_deleted
        from apps.directory.services.identities import before_acted_on
        from apps.realms.services import owns_furniture

        when_deleted(drop_group)
        before_membership_changes(refuse_mightier_group)
        before_acted_on(refuse_mightier_people)
        owns_furniture(remove_applications)
