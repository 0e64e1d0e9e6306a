from django.apps import AppConfig


class InquiriesConfig(AppConfig):
    name = "apps.inquiries"

    def ready(self) -> None:
        from apps.inquiries import exports, saved_views
        from apps.realms.services import owns_furniture

        owns_furniture(saved_views.remove_views)
        owns_furniture(exports.remove_exports)
