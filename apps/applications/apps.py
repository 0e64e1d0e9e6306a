from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "apps.applications"

    def ready(self) -> None:
        from apps.applications.services.applications import remove_applications
        from apps.applications.services.roles import drop_group, refuse_mightier_group, refuse_mightier_person
        from apps.directory.services.groups import when_deleted, when_joined
        from apps.directory.services.identities import before_readdressed
        from apps.realms.services import owns_furniture

        when_deleted(drop_group)
        when_joined(refuse_mightier_group)
        before_readdressed(refuse_mightier_person)
        owns_furniture(remove_applications)
