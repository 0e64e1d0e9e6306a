"""The sentences of mail_words.py, language by language. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """`{{ variables }}` are those of the mail's kind. `labelled` is what stands above a link, with the language's colon;
    `hello` opens a mail; `paste` stands above the link in plain text."""

    labelled: str
    hello: str
    paste: str
    link_holds: str
    link_not_you: str
    invite_subject: str
    invite_heading: str
    invite_sentence: str
    invite_button: str
    recover_subject: str
    recover_heading: str
    recover_sentence: str
    recover_button: str
    code_subject: str
    code: str
    code_sentence: str
    code_line: str
    code_holds: str
    code_not_you: str
    notice_subject: str
    notice_sentence: str
    notice_not_you: str


WORDS = {
    "de": Words(
        labelled="{0}:",
        hello="Guten Tag {{ display_name }},",
        paste="Oder fügen Sie diesen Link in Ihren Browser ein:",
        link_holds="Der Link gilt einmal und für {{ expiry }}.",
        link_not_you="Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht weiter: Ohne den Link geschieht nichts.",
        invite_subject="Erstellen Sie Ihren Passkey für {{ organization_name }}",
        invite_heading="Erstellen Sie Ihren Passkey, {{ display_name }}",
        invite_sentence="{{ organization_name }} lädt Sie ein, sich mit einem Passkey anzumelden. Öffnen Sie den Link auf "
        "dem Gerät, das Sie verwenden möchten: Es fragt nach Fingerabdruck, Gesicht oder PIN, und Sie müssen sich kein "
        "Passwort merken.",
        invite_button="Passkey erstellen",
        recover_subject="Wieder Zugang zu {{ organization_name }}",
        recover_heading="Erstellen Sie einen neuen Passkey, {{ display_name }}",
        recover_sentence="Sie haben darum gebeten, wieder Zugang zu {{ organization_name }} zu bekommen. Öffnen Sie den "
        "Link auf dem Gerät, das Sie ab jetzt verwenden möchten, und erstellen Sie dort einen neuen Passkey.",
        recover_button="Neuen Passkey erstellen",
        code_subject="Ihr Code für {{ organization_name }}",
        code="Ihr Code",
        code_sentence="Geben Sie ihn dort ein, wo {{ organization_name }} danach fragt.",
        code_line="Ihr Code für {{ organization_name }}: {{ code }}",
        code_holds="Der Code gilt einmal und für {{ expiry }}.",
        code_not_you="Wenn Sie das nicht waren, beachten Sie diese E-Mail nicht weiter und sagen Sie niemandem den Code.",
        notice_subject="Eine Änderung an Ihrem Konto bei {{ organization_name }}",
        notice_sentence="Das geschah mit Ihrem Konto bei {{ organization_name }}: {{ time }}, von {{ device }} "
        "({{ ip_address }}).",
        notice_not_you="Wenn Sie das waren, ist nichts zu tun. Wenn nicht, sehen Sie sich sofort Ihre Passkeys und "
        "Anmeldungen an:",
    ),
    "es": Words(
        labelled="{0}:",
        hello="Hola, {{ display_name }}:",
        paste="O pegue este enlace en su navegador:",
        link_holds="El enlace sirve una vez, durante {{ expiry }}.",
        link_not_you="Si no ha sido usted, ignore este correo: sin el enlace no pasa nada.",
        invite_subject="Cree su clave de acceso para {{ organization_name }}",
        invite_heading="Cree su clave de acceso, {{ display_name }}",
        invite_sentence="{{ organization_name }} le invita a iniciar sesión con una clave de acceso. Abra el enlace en el "
        "dispositivo que quiera usar: le pide la huella, la cara o el PIN, y no hay contraseña que recordar.",
        invite_button="Crear su clave de acceso",
        recover_subject="Vuelva a entrar en {{ organization_name }}",
        recover_heading="Cree una clave de acceso nueva, {{ display_name }}",
        recover_sentence="Ha pedido volver a entrar en {{ organization_name }}. Abra el enlace en el dispositivo que "
        "quiera usar a partir de ahora y cree allí una clave de acceso nueva.",
        recover_button="Crear una clave de acceso nueva",
        code_subject="Su código para {{ organization_name }}",
        code="Su código",
        code_sentence="Escríbalo donde {{ organization_name }} lo pida.",
        code_line="Su código para {{ organization_name }}: {{ code }}",
        code_holds="El código sirve una vez, durante {{ expiry }}.",
        code_not_you="Si no ha sido usted, ignore este correo y no le diga el código a nadie.",
        notice_subject="Un cambio en su cuenta de {{ organization_name }}",
        notice_sentence="Esto ha ocurrido en su cuenta de {{ organization_name }}: {{ time }}, desde {{ device }} "
        "({{ ip_address }}).",
        notice_not_you="Si ha sido usted, no tiene que hacer nada. Si no, revise enseguida sus claves de acceso y sesiones:",
    ),
    "fr": Words(
        labelled="{0} :",
        hello="Bonjour {{ display_name }},",
        paste="Ou collez ce lien dans votre navigateur :",
        link_holds="Le lien est valable une fois, pendant {{ expiry }}.",
        link_not_you="Si ce n’était pas vous, ignorez cet e-mail : sans le lien, rien ne se passe.",
        invite_subject="Créez votre clé d’accès pour {{ organization_name }}",
        invite_heading="Créez votre clé d’accès, {{ display_name }}",
        invite_sentence="{{ organization_name }} vous invite à vous connecter avec une clé d’accès. Ouvrez le lien sur "
        "l’appareil que vous voulez utiliser : il demande votre empreinte, votre visage ou votre code PIN, et il n’y a pas "
        "de mot de passe à retenir.",
        invite_button="Créer votre clé d’accès",
        recover_subject="Retrouvez l’accès à {{ organization_name }}",
        recover_heading="Créez une nouvelle clé d’accès, {{ display_name }}",
        recover_sentence="Vous avez demandé à retrouver l’accès à {{ organization_name }}. Ouvrez le lien sur l’appareil "
        "que vous voulez utiliser désormais et créez-y une nouvelle clé d’accès.",
        recover_button="Créer une nouvelle clé d’accès",
        code_subject="Votre code pour {{ organization_name }}",
        code="Votre code",
        code_sentence="Saisissez-le là où {{ organization_name }} le demande.",
        code_line="Votre code pour {{ organization_name }} : {{ code }}",
        code_holds="Le code est valable une fois, pendant {{ expiry }}.",
        code_not_you="Si ce n’était pas vous, ignorez cet e-mail et ne donnez le code à personne.",
        notice_subject="Un changement sur votre compte {{ organization_name }}",
        notice_sentence="Ceci s’est produit sur votre compte {{ organization_name }} : {{ time }}, depuis {{ device }} "
        "({{ ip_address }}).",
        notice_not_you="Si c’était vous, il n’y a rien à faire. Sinon, vérifiez tout de suite vos clés d’accès et vos "
        "connexions :",
    ),
    "ja": Words(
        labelled="{0}:",
        hello="{{ display_name }} さん",
        paste="または、このリンクをブラウザーに貼り付けてください:",
        link_holds="リンクは {{ expiry }}有効で、1 回だけ使えます。",
        link_not_you="心当たりがない場合は、このメールを無視してください。リンクを開かなければ何も起こりません。",
        invite_subject="{{ organization_name }} のパスキーを作成してください",
        invite_heading="{{ display_name }} さん、パスキーを作成してください",
        invite_sentence="{{ organization_name }} から、パスキーでのサインインへの招待です。"
        "使いたいデバイスでリンクを開いてください。"
        "デバイスが指紋、顔、PIN のいずれかを確認します。パスワードを覚える必要はありません。",
        invite_button="パスキーを作成",
        recover_subject="{{ organization_name }} へのアクセスを回復",
        recover_heading="{{ display_name }} さん、新しいパスキーを作成してください",
        recover_sentence="{{ organization_name }} へのアクセスの回復が請求されました。今後使うデバイスでリンクを開き、"
        "新しいパスキーを作成してください。",
        recover_button="新しいパスキーを作成",
        code_subject="{{ organization_name }} のコード",
        code="コード",
        code_sentence="{{ organization_name }} の画面で入力してください。",
        code_line="{{ organization_name }} のコード: {{ code }}",
        code_holds="コードは {{ expiry }}有効で、1 回だけ使えます。",
        code_not_you="心当たりがない場合は、このメールを無視し、コードを誰にも教えないでください。",
        notice_subject="{{ organization_name }} のアカウントの変更",
        notice_sentence="{{ organization_name }} のアカウントで次の操作がありました: "
        "{{ time }}、{{ device }}（{{ ip_address }}）。",
        notice_not_you="ご自身の操作であれば、何もする必要はありません。"
        "そうでない場合は、すぐにパスキーとサインインを確認してください:",
    ),
}
