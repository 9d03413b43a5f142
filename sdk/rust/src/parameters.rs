//! Typed parameters: [`crate::parameters!`] derives manifest entries, parsing and range checks from one struct.

use std::fmt;
use std::ops::RangeInclusive;

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Flag(bool),
    /// Text.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "the number {number}"),
            Value::Integer(integer) => write!(f, "the whole number {integer}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Text(text) => write!(f, "the text `{text}`"),
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::$variant(value.into())
            }
        }
    )*};
}
from!(f64 => Number, i64 => Integer, bool => Flag, String => Text, &str => Text);

/// A parameter as the manifest lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name, as in `--param name=value`.
    pub name: String,
    /// The documentation, one paragraph.
    pub doc: String,
    /// The value if the parameter is not set.
    pub default: Value,
    /// Smallest allowed number.
    pub minimum: Option<f64>,
    /// Largest allowed number.
    pub maximum: Option<f64>,
}

/// A struct that [`crate::parameters!`] declares; its `Default` holds the default of each parameter.
pub trait Parameters: Default {
    /// Returns the manifest entries, in order of declaration.
    fn declare() -> Vec<Parameter>;

    /// Returns the defaults with `settings` applied.
    ///
    /// # Errors
    /// An unknown name, a wrong type or a value out of range. The message names the parameter, the value and what is
    /// allowed.
    fn parse(settings: &[(String, Value)]) -> Result<Self, String>;
}

/// A strategy without parameters.
impl Parameters for () {
    fn declare() -> Vec<Parameter> {
        Vec::new()
    }

    fn parse(settings: &[(String, Value)]) -> Result<(), String> {
        settings.first().map_or(Ok(()), |(name, _)| Err(unknown_name(name, &[])))
    }
}

/// A type that a parameter can have: `f64`, `i64`, `bool` or `String`.
pub trait Field: PartialOrd + Sized {
    /// The type in which a default is written: the type itself, or `&str` for `String`.
    type Literal;
    /// The type as messages call it, such as "a number" or "true or false".
    const KIND: &'static str;
    /// Converts a literal.
    fn from_literal(literal: Self::Literal) -> Self;
    /// Converts a value; `None` if it has another type.
    fn from_value(value: &Value) -> Option<Self>;
    /// Returns the value for the manifest.
    fn to_value(&self) -> Value;
    /// Returns the value as a limit for the manifest, if it is a number.
    fn to_limit(&self) -> Option<f64>;
}

macro_rules! field {
    ($type:ty, $literal:ty, $kind:literal, $variant:ident, $limit:expr, $($also:tt)*) => {
        impl Field for $type {
            type Literal = $literal;
            const KIND: &'static str = $kind;
            fn from_literal(literal: $literal) -> Self {
                literal.into()
            }
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value.clone()),
                    $($also)*
                    _ => None,
                }
            }
            fn to_value(&self) -> Value {
                Value::$variant(self.clone())
            }
            fn to_limit(&self) -> Option<f64> {
                let limit: fn(&$type) -> Option<f64> = $limit;
                limit(self)
            }
        }
    };
}
// A whole number is accepted as a number: `--param threshold=2` may arrive as an integer.
field!(f64, f64, "a number", Number, |number| Some(*number), Value::Integer(whole) => Some(*whole as f64),);
field!(i64, i64, "a whole number", Integer, |whole| Some(*whole as f64),);
field!(bool, bool, "true or false", Flag, |_| None,);
field!(String, &'static str, "text", Text, |_| None,);

/// Returns the value of a default as written in [`crate::parameters!`].
pub fn value_of<T: Field>(literal: T::Literal) -> T {
    T::from_literal(literal)
}

/// Returns a manifest entry. `doc` holds the lines of the doc comment.
pub fn declare<T: Field>(name: &str, doc: &[&str], default: T, range: Option<RangeInclusive<T>>) -> Parameter {
    let lines: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    let limit = |end: fn(&RangeInclusive<T>) -> &T| range.as_ref().and_then(|range| end(range).to_limit());
    Parameter {
        name: name.into(),
        doc: lines.join(" ").trim().into(),
        default: default.to_value(),
        minimum: limit(RangeInclusive::start),
        maximum: limit(RangeInclusive::end),
    }
}

/// Checks the type and range of a value.
///
/// # Errors
/// A message that names the parameter, the value and what is allowed.
pub fn parse_field<T: Field>(name: &str, value: &Value, range: Option<RangeInclusive<T>>) -> Result<T, String> {
    let kind = T::KIND;
    let wrong = |wanted: String| format!("parameter `{name}` is {value}, but must be {wanted}");
    let parsed = T::from_value(value).ok_or_else(|| wrong(kind.into()))?;
    if parsed.to_limit().is_some_and(|number| !number.is_finite()) {
        return Err(wrong("finite".into()));
    }
    match range {
        Some(range) if !range.contains(&parsed) => {
            let limits = (range.start().to_limit(), range.end().to_limit());
            let (Some(minimum), Some(maximum)) = limits else { return Err(wrong("in range".into())) };
            Err(wrong(format!("{kind} within {minimum} to {maximum}")))
        }
        _ => Ok(parsed),
    }
}

/// Returns the message for a name that no parameter has.
pub fn unknown_name(name: &str, names: &[&str]) -> String {
    match names {
        [] => format!("there is no parameter `{name}`: this strategy has none"),
        names => format!("there is no parameter `{name}`: this strategy has {}", names.join(", ")),
    }
}

/// Declares a strategy's parameters. Each has a type (`f64`, `i64`, `bool` or `String`), a default, optionally a range
/// if it is a number, and a doc comment, which becomes its documentation in the manifest.
///
/// ```
/// use strategy_sdk::{Parameters, Value, parameters};
///
/// parameters! {
///     /// The strategy's parameters.
///     pub struct DipBuyerParameters {
///         /// Distance below the average at which to buy, in dollars.
///         distance: f64 = 0.02, in 0.0..=1.0;
///         /// Never sell short.
///         long_only: bool = false;
///     }
/// }
///
/// assert_eq!(DipBuyerParameters::default().distance, 0.02);
/// let refused = DipBuyerParameters::parse(&[("distance".into(), Value::Number(3.0))]).unwrap_err();
/// assert_eq!(refused, "parameter `distance` is the number 3, but must be a number within 0 to 1");
/// ```
#[macro_export]
macro_rules! parameters {
    (
        $(#[$about:meta])*
        $visibility:vis struct $name:ident {
            $($(#[doc = $doc:expr])* $field:ident: $type:ty = $default:expr $(, in $range:expr)?;)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self { $($field: $crate::__private::value_of::<$type>($default),)* }
            }
        }

        impl $crate::Parameters for $name {
            fn declare() -> ::std::vec::Vec<$crate::Parameter> {
                let defaults = Self::default();
                ::std::vec![$($crate::__private::declare::<$type>(
                    ::core::stringify!($field),
                    &[$($doc),*],
                    defaults.$field,
                    $crate::__range!($($range)?),
                )),*]
            }

            fn parse(
                settings: &[(::std::string::String, $crate::Value)],
            ) -> ::core::result::Result<Self, ::std::string::String> {
                let mut parameters = Self::default();
                for (name, value) in settings {
                    match name.as_str() {
                        $(::core::stringify!($field) => {
                            let range = $crate::__range!($($range)?);
                            parameters.$field = $crate::__private::parse_field::<$type>(name, value, range)?;
                        })*
                        _ => {
                            let names = [$(::core::stringify!($field)),*];
                            return ::core::result::Result::Err($crate::__private::unknown_name(name, &names));
                        }
                    }
                }
                ::core::result::Result::Ok(parameters)
            }
        }
    };
}

/// An optional range; not part of the public interface.
#[doc(hidden)]
#[macro_export]
macro_rules! __range {
    () => {
        ::core::option::Option::None
    };
    ($range:expr) => {
        ::core::option::Option::Some($range)
    };
}
