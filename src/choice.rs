//! Types with a few named values.

/// Defines an enum whose values have names, in JSON and in the database.
macro_rules! choice {
    (
        $(#[$attribute:meta])*
        pub enum $choice:ident { $($(#[$variant_attribute:meta])* $variant:ident = $name:tt,)+ }
    ) => {
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema,
        )]
        $(#[$attribute])*
        pub enum $choice {
            $($(#[$variant_attribute])* #[serde(rename = $name)] $variant,)+
        }

        impl $choice {
            /// Returns the name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($choice::$variant => $name,)+
                }
            }

            /// Returns the value with this name.
            ///
            /// # Errors
            /// [`UnknownValue`](crate::error::Code::UnknownValue).
            pub fn parse(name: &str) -> Result<$choice, $crate::error::Violation> {
                match name {
                    $($name => Ok($choice::$variant),)+
                    _ => {
                        let names = [$($name),+].join(", ");
                        let message = $crate::locale::message!("error-choose-one", names = names);
                        Err($crate::error::Violation::new($crate::error::Code::UnknownValue, message))
                    }
                }
            }
        }

        /// Reads a text first: serde_json takes a number in place of a variant for a syntax error.
        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<$choice, D::Error> {
                let name = <String as serde::Deserialize>::deserialize(deserializer)?;
                $choice::parse(&name)
                    .map_err(|_| serde::de::Error::unknown_variant(&name, &[$($name),+]))
            }
        }
    };
}

pub(crate) use choice;
