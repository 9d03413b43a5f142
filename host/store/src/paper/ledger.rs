//! The ledger's file: how it is made, opened and read.

use std::path::{Path, PathBuf};

use host_core::{Fill, Order, Qty, Timestamp, Usd};
use host_system::files;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use super::apply::apply;
use super::error::{LedgerError, LedgerFault};
use super::rows::{LedgerFill, LedgerOrder, LedgerPosition, LedgerStep};
use crate::sqlite::{self, Schema};

/// Version of the tables.
const VERSION: i64 = 1;

const TABLES: &str = include_str!("schema.sql");
const SCHEMA: Schema<'static> = Schema::of(&[TABLES]);

const ORDERS: &str = "SELECT body, client_order_id, ticker, filled, state FROM orders";

/// The owner of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerOwner {
    pub venue: String,
    /// The venue's environment, whose market data it is.
    pub environment: String,
    pub account: String,
}

impl LedgerOwner {
    fn text(&self) -> String {
        let LedgerOwner { venue, environment, account } = self;
        format!("account `{account}` on paper at `{venue}` ({environment})")
    }
}

/// The open ledger.
#[derive(Debug)]
pub struct PaperLedger {
    path: PathBuf,
    connection: Connection,
    /// Changes whenever another process has written.
    seen: i64,
}

impl PaperLedger {
    /// Makes the ledger of `owner` at `path`, with `deposit`.
    ///
    /// # Errors
    /// There is one already, or the file cannot be made.
    pub fn create(
        path: &Path,
        owner: &LedgerOwner,
        terms: &str,
        deposit: Usd,
        time: Timestamp,
    ) -> Result<(), LedgerError> {
        let failed = |source| LedgerError::Io { path: path.to_owned(), source };
        // Under another name first, so that a half-made one never has the final name.
        let unfinished = path.with_extension("new");
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut name = unfinished.clone().into_os_string();
            name.push(end);
            files::remove_if_present(Path::new(&name)).map_err(failed)?;
        }
        files::new_private_file(&unfinished).map_err(failed)?;
        let fill = || -> Result<(), LedgerFault> {
            let connection = Connection::open_with_flags(&unfinished, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch("BEGIN")?;
            connection.execute_batch(TABLES)?;
            let LedgerOwner { venue, environment, account } = owner;
            let row = params![VERSION, venue, environment, account, terms, deposit.0, deposit.0, time.0];
            connection.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)?;
            connection.execute_batch("COMMIT")?;
            connection.close().map_err(|(_, error)| error.into())
        };
        fill().map_err(|fault| fault.at(path))?;
        files::rename_durably(&unfinished, path).map_err(failed)
    }

    /// Opens the ledger at `path`.
    ///
    /// # Errors
    /// There is none, it is another version's, or it cannot be read.
    pub fn open(path: &Path) -> Result<PaperLedger, LedgerError> {
        if !path.exists() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let open = || -> Result<(Connection, i64), LedgerFault> {
            let connection = sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            SCHEMA.check(&connection)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.set_prepared_statement_cache_capacity(32);
            let version = connection.query_row("SELECT version FROM account", [], |row| row.get(0))?;
            Ok((connection, version))
        };
        let (connection, found) = open().map_err(|fault| fault.at(path))?;
        if found != VERSION {
            return Err(LedgerError::Version { path: path.to_owned(), found, expected: VERSION });
        }
        let seen = data_version(&connection).map_err(|error| LedgerFault::from(error).at(path))?;
        Ok(PaperLedger { path: path.to_owned(), connection, seen })
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a ledger of another owner.
    ///
    /// # Errors
    /// It is, or it cannot be read.
    pub fn require_owner(&self, wanted: &LedgerOwner) -> Result<(), LedgerError> {
        let found = self.read(|connection| {
            let sql = "SELECT venue, environment, account FROM account";
            let owner =
                |row: &Row<'_>| Ok(LedgerOwner { venue: row.get(0)?, environment: row.get(1)?, account: row.get(2)? });
            Ok(connection.query_row(sql, [], owner)?)
        })?;
        if found == *wanted {
            return Ok(());
        }
        let (found, wanted) = (found.text(), wanted.text());
        Err(LedgerError::WrongAccount { path: self.path.clone(), found, wanted })
    }

    /// Returns the terms on which orders are filled, the deposit, the cash, and the time of the last change. The cash
    /// has in it what short sales brought in.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn account(&self) -> Result<(String, Usd, Usd, Timestamp), LedgerError> {
        self.read(|connection| {
            let sql = "SELECT terms, deposited, cash, last FROM account";
            let row = |row: &Row<'_>| Ok((row.get(0)?, Usd(row.get(1)?), Usd(row.get(2)?), Timestamp(row.get(3)?)));
            Ok(connection.query_row(sql, [], row)?)
        })
    }

    /// Sets the terms on which orders are filled, and adds `more` to the deposit.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn set_terms(&mut self, terms: &str, more: Usd) -> Result<(), LedgerError> {
        self.write(|connection| {
            let sql = "UPDATE account SET terms = ?, deposited = deposited + ?, cash = cash + ?";
            connection.execute(sql, params![terms, more.0, more.0])?;
            Ok(())
        })
    }

    /// Returns the number of the next order.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next_order(&self) -> Result<u64, LedgerError> {
        let last: Option<i64> =
            self.read(|connection| Ok(connection.query_row("SELECT max(number) FROM orders", [], |row| row.get(0))?))?;
        Ok(last.unwrap_or(0).cast_unsigned() + 1)
    }

    /// Returns true if an order of this client order id was accepted before.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn has_client_order_id(&self, id: &str) -> Result<bool, LedgerError> {
        self.read(|connection| {
            Ok(connection.prepare_cached("SELECT 1 FROM orders WHERE client_order_id = ?")?.exists([id])?)
        })
    }

    /// Returns the order with this number.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn order(&self, number: u64) -> Result<Option<LedgerOrder>, LedgerError> {
        Ok(self.orders("WHERE number = ?", number.cast_signed())?.pop())
    }

    /// Returns the working orders, oldest first.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn working(&self) -> Result<Vec<LedgerOrder>, LedgerError> {
        self.orders("INDEXED BY orders_working WHERE ended IS NULL AND number > ? ORDER BY number", -1)
    }

    /// Returns the orders accepted since `since`, oldest first.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn orders_since(&self, since: Timestamp) -> Result<Vec<LedgerOrder>, LedgerError> {
        self.orders("WHERE created >= ? ORDER BY number", since.0)
    }

    fn orders(&self, which: &str, value: i64) -> Result<Vec<LedgerOrder>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(&format!("{ORDERS} {which}"))?;
            let mut rows = select.query([value])?;
            let mut orders = Vec::new();
            while let Some(row) = rows.next()? {
                orders.push(LedgerOrder {
                    order: serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?,
                    client_order_id: row.get(1)?,
                    ticker: row.get(2)?,
                    filled: Qty(row.get(3)?),
                    state: row
                        .get_ref(4)?
                        .as_str()
                        .map_err(rusqlite::Error::from)?
                        .parse()
                        .map_err(LedgerFault::Damaged)?,
                });
            }
            Ok(orders)
        })
    }

    /// Returns the fills since `since`, oldest first.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn fills_since(&self, since: Timestamp) -> Result<Vec<LedgerFill>, LedgerError> {
        self.read(|connection| {
            let sql = "SELECT fills.number, ticker, orders.body, fills.body FROM fills \
                       JOIN orders ON orders.number = order_number WHERE time >= ? ORDER BY fills.number";
            let mut select = connection.prepare_cached(sql)?;
            let mut rows = select.query([since.0])?;
            let mut fills = Vec::new();
            while let Some(row) = rows.next()? {
                let order: Order = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
                let fill: Fill = serde_json::from_str(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?;
                fills.push(LedgerFill { number: row.get(0)?, ticker: row.get(1)?, order, fill });
            }
            Ok(fills)
        })
    }

    /// Returns the open positions.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn positions(&self) -> Result<Vec<LedgerPosition>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached("SELECT ticker, qty, cost, fees FROM positions")?;
            let position = |row: &Row<'_>| {
                let (qty, cost, fees) = (Qty(row.get(1)?), Usd(row.get(2)?), Usd(row.get(3)?));
                Ok(LedgerPosition { ticker: row.get(0)?, qty, cost, fees })
            };
            let rows = select.query_map([], position)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Returns what the fill model was shown since something in a market mattered: ticker and JSON, in order.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn inputs(&self) -> Result<Vec<(String, String)>, LedgerError> {
        self.read(|connection| {
            let mut select = connection.prepare_cached("SELECT ticker, body FROM inputs ORDER BY number")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Returns true if another process has written since the last look, and takes note of it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn take_changed(&mut self) -> Result<bool, LedgerError> {
        let now = self.read(|connection| Ok(data_version(connection)?))?;
        Ok(std::mem::replace(&mut self.seen, now) != now)
    }

    /// Changes the books by `step` at `time`, and waits for the disk.
    ///
    /// # Errors
    /// Another process has written since ([`LedgerError::Changed`]), or it cannot be written: nothing was changed.
    pub fn commit(&mut self, step: &LedgerStep<'_>, time: Timestamp) -> Result<(), LedgerError> {
        let seen = self.seen;
        self.write(|connection| {
            if data_version(connection)? != seen {
                return Err(LedgerFault::Changed);
            }
            apply(connection, step, time)
        })
    }

    fn read<T>(&self, act: impl FnOnce(&Connection) -> Result<T, LedgerFault>) -> Result<T, LedgerError> {
        act(&self.connection).map_err(|fault| fault.at(&self.path))
    }

    fn write<T>(&mut self, act: impl FnOnce(&Connection) -> Result<T, LedgerFault>) -> Result<T, LedgerError> {
        let write = |connection: &mut Connection| -> Result<T, LedgerFault> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = act(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        write(&mut self.connection).map_err(|fault| fault.at(&self.path))
    }
}

fn data_version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0)).optional().map(Option::unwrap_or_default)
}
