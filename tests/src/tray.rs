//! The app's icon in the tray and its menu, driven over the bus as the tray host drives them.

use crate::until;
use std::collections::HashMap;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};
use zbus::{Connection, Proxy};

pub struct Tray {
    connection: Connection,
    owner: String,
    item: String,
    menu: OwnedObjectPath,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuItem {
    id: i32,
    pub label: String,
    pub enabled: bool,
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

impl Tray {
    /// Waits for the first icon that registers with the tray.
    pub async fn find(bus: &str) -> Self {
        let connection = zbus::connection::Builder::address(bus)
            .expect("the address of a bus")
            .build()
            .await
            .expect("the session bus is there");
        let address = until("an icon in the tray", || async {
            let watcher = Proxy::new(
                &connection,
                "org.kde.StatusNotifierWatcher",
                "/StatusNotifierWatcher",
                "org.kde.StatusNotifierWatcher",
            )
            .await
            .ok()?;
            let items: Vec<String> = watcher.get_property("RegisteredStatusNotifierItems").await.ok()?;
            items.into_iter().next()
        })
        .await;
        let (owner, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        let item = if path.is_empty() { "/StatusNotifierItem" } else { path };
        let menu = until("the menu of the tray icon", || async {
            let icon = Proxy::new(&connection, owner, item, "org.kde.StatusNotifierItem").await.ok()?;
            icon.get_property::<OwnedObjectPath>("Menu").await.ok()
        })
        .await;
        Self { owner: owner.to_owned(), item: item.to_owned(), menu, connection }
    }

    async fn menu_proxy(&self) -> zbus::Result<Proxy<'_>> {
        Proxy::new(&self.connection, self.owner.as_str(), &self.menu, "com.canonical.dbusmenu").await
    }

    /// The words beside the icon, if the app sets any: its state.
    pub async fn property(&self, name: &str) -> Option<String> {
        let icon = Proxy::new(
            &self.connection,
            self.owner.as_str(),
            self.item.as_str(),
            "org.kde.StatusNotifierItem",
        )
        .await;
        icon.ok()?.get_property::<String>(name).await.ok()
    }

    /// Every item with words, those of submenus after their parent.
    pub async fn items(&self) -> Vec<MenuItem> {
        let layout = async {
            let menu = self.menu_proxy().await?;
            let nothing: [&str; 0] = [];
            let answer: (u32, Layout) = menu.call("GetLayout", &(0i32, -1i32, &nothing[..])).await?;
            zbus::Result::Ok(answer.1)
        };
        let mut items = Vec::new();
        if let Ok((_, _, children)) = layout.await {
            children.into_iter().for_each(|c| gather(c.into(), &mut items));
        }
        items
    }

    /// Waits for an item whose words contain the text.
    pub async fn item(&self, text: &str) -> MenuItem {
        until(&format!("an item of the tray menu that says {text:?}"), || async {
            self.items().await.into_iter().find(|i| i.label.contains(text))
        })
        .await
    }

    /// Waits for the item `text` in the submenu of the item that says `of`, or for the item that says both.
    pub async fn item_of(&self, of: &str, text: &str) -> MenuItem {
        until(&format!("{text:?} of {of:?} in the tray menu"), || async {
            let items = self.items().await;
            let parent = items.iter().position(|i| i.label.contains(of))?;
            items[parent..].iter().find(|i| i.label.contains(text) && i.enabled).cloned()
        })
        .await
    }

    /// Chooses an item.
    pub async fn choose(&self, item: &MenuItem) {
        let menu = self.menu_proxy().await.expect("the menu is there");
        let _: () = menu
            .call("Event", &(item.id, "clicked", Value::from(0i32), 0u32))
            .await
            .expect("the app takes the click on its menu");
    }
}

fn gather(value: Value<'_>, items: &mut Vec<MenuItem>) {
    let value = if let Value::Value(inner) = value { *inner } else { value };
    let Ok(item) = Structure::try_from(value) else { return };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = item.fields() else { return };
    let text = |key: &str| properties.get::<_, String>(&key).ok().flatten();
    let enabled = properties.get::<_, bool>(&"enabled").ok().flatten().unwrap_or(true);
    if let Some(label) = text("label") {
        items.push(MenuItem { id: *id, label: label.replace('_', ""), enabled });
    }
    for child in children.iter() {
        if let Ok(child) = child.try_clone() {
            gather(child, items);
        }
    }
}
