//! The three fields a wijkregisseur works in, and the ways a request comes in.

/// An enum of fixed words, written the same way in JSON, on screen and on the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $wanted:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every value, in the order it is written down.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it: a stable code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidId;

            fn from_str(text: &str) -> Result<Self, $crate::id::InvalidId> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.as_str() == text)
                    .ok_or_else(|| $crate::id::InvalidId::new(text, $wanted))
            }
        }
    };
}
pub(crate) use words;

words! {
    /// The field a request belongs to. A request may have none yet: unknown is a value.
    Domain, "a domain: sociaal, openbare-ruimte or veiligheid" {
        /// Social affairs and livability, the wijkmanager's field of old.
        Sociaal = "sociaal",
        /// Public space.
        OpenbareRuimte = "openbare-ruimte",
        /// Safety, serious nuisance, crime.
        Veiligheid = "veiligheid",
    }
}

words! {
    /// How a request or a message travels.
    Channel, "a channel: web, desk, phone, post, email, visit, internal, app or unknown" {
        /// A form on a website.
        Web = "web",
        /// At a counter.
        Desk = "desk",
        /// By telephone.
        Phone = "phone",
        /// By letter.
        Post = "post",
        /// By e-mail.
        Email = "email",
        /// In person, in the wijk.
        Visit = "visit",
        /// From within the organisation.
        Internal = "internal",
        /// Through another system or a mobile app.
        App = "app",
        /// Not recorded.
        Unknown = "unknown",
    }
}
