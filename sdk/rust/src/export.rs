//! The macro [`crate::export!`], which makes a component of a [`crate::Strategy`].

/// Makes a strategy the crate's component: `export!(MyStrategy)`. Its further abilities follow in this order:
/// `stateful` if it implements [`crate::Stateful`], so that a newer version can take over its state, and `charted` if
/// it implements [`crate::Charted`], so that charts show its lines: `export!(MyStrategy, stateful, charted)`. Natively
/// it expands to nothing.
#[macro_export]
macro_rules! export {
    ($strategy:ident) => {
        $crate::__component!($strategy);
    };
    ($strategy:ident, stateful) => {
        $crate::__component!($strategy, state);
    };
    ($strategy:ident, charted) => {
        $crate::__component!($strategy, chart);
    };
    ($strategy:ident, stateful, charted) => {
        $crate::__component!($strategy, state, chart);
    };
}

/// The expansion of [`crate::export!`]; not part of the public interface.
#[doc(hidden)]
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! __component {
    ($strategy:ident $(, $ability:ident)*) => {};
}

/// The expansion of [`crate::export!`]; not part of the public interface.
#[doc(hidden)]
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! __component {
    ($strategy:ident $(, $ability:ident)*) => {
        const _: () = {
            ::std::thread_local! {
                static INSTANCE: $crate::__private::Instance<$strategy> = const { $crate::__private::empty() };
            }

            struct Component;

            impl $crate::__private::Guest for Component {
                fn describe() -> $crate::__private::WitManifest {
                    $crate::__private::describe::<$strategy>()
                }
                fn init(
                    settings: $crate::__private::WitSettings,
                ) -> ::core::result::Result<(), ::std::string::String> {
                    INSTANCE.with(|instance| $crate::__private::init(instance, settings))
                }
                fn on_batch(
                    batch: $crate::__private::WitBatch,
                ) -> ::core::result::Result<$crate::__private::WitDecisions, ::std::string::String> {
                    INSTANCE.with(|instance| $crate::__private::on_batch(instance, batch))
                }
            }

            $crate::__private::guest::export!(Component with_types_in $crate::__private::guest);
            $($crate::__component!(@$ability $strategy);)*
        };
    };
    (@state $strategy:ident) => {
        impl $crate::__private::StateGuest for Component {
            fn save() -> ::core::result::Result<$crate::__private::WitSnapshot, ::std::string::String> {
                INSTANCE.with($crate::__private::save)
            }
            fn restore(
                snapshot: $crate::__private::WitSnapshot,
            ) -> ::core::result::Result<(), ::std::string::String> {
                INSTANCE.with(|instance| $crate::__private::restore(instance, snapshot))
            }
        }

        $crate::__private::state::export!(Component with_types_in $crate::__private::state);
    };
    (@chart $strategy:ident) => {
        impl $crate::__private::ChartGuest for Component {
            fn names() -> ::std::vec::Vec<::std::string::String> {
                $crate::__private::line_names::<$strategy>()
            }
            fn values(markets: ::std::vec::Vec<u32>) -> ::std::vec::Vec<f64> {
                INSTANCE.with(|instance| $crate::__private::line_values(instance, &markets))
            }
        }

        $crate::__private::chart::export!(Component with_types_in $crate::__private::chart);
    };
}
